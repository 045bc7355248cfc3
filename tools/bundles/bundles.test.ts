import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEnvelope } from 'undam/envelope';
import { root } from '../repo/workspace.ts';
import { type BundleName, bundleOf } from './bundles.ts';
import { invoke, poison } from './invoke.ts';
import { openQuarantineQueue, type QuarantineQueue } from './quarantine-queue.ts';

const source = join(import.meta.dirname, 'function/handler.ts');
const check = { undam: 'check' };

let queue: QuarantineQueue;
let parent: string;
beforeAll(async () => {
  queue = await openQuarantineQueue();
  // Inside the repository, whose `node_modules` has the packages that a bundle leaves out.
  await mkdir(join(root, '.cache'), { recursive: true });
  parent = await mkdtemp(join(root, '.cache/bundles-'));
});
afterAll(async () => {
  await queue.close();
  await rm(parent, { recursive: true, force: true });
});

const bundle = async (name: BundleName) =>
  bundleOf(name, source, await mkdtemp(join(parent, 'bundle-')), ['undam-source']);
const variables = () => ({ QUARANTINE_URL: queue.url });

describe('bundled as docs/bundling.md says', () => {
  test.each<[BundleName]>([
    ['esm, with the banner'],
    ['esm, with the banner, split'],
    ['esm, of ES modules, with the banner, split'],
    ['esm, without the SDK'],
    ['cjs'],
    ['cjs, without the SDK'],
  ])('%s: the check is passed, and a bad record is quarantined', async (name) => {
    const { entry } = await bundle(name);
    const answers = await invoke(entry, [{ ...check, permissions: true }, poison], variables());
    expect(answers).toEqual([{ ok: true, problems: [] }, { batchItemFailures: [] }]);
    const [body, ...others] = await queue.take();
    expect(others).toEqual([]);
    const { data } = decodeEnvelope(body ?? '');
    expect(Buffer.from(data, 'base64').toString()).toBe('poison');
  });

  test.each<[BundleName]>([['esm, with the banner, split'], ['cjs']])(
    "%s: the ledger's client is there, too",
    async (name) => {
      const { entry } = await bundle(name);
      const answers = await invoke(entry, [check], { ...variables(), LEDGER_TABLE: 'ledger' });
      expect(answers).toEqual([{ ok: true, problems: [] }]);
    },
  );
});

describe('a broken bundle is found by the check, which names the remedy', () => {
  const problems = (what: RegExp, remedy: RegExp) => ({
    ok: false,
    problems: ['ledger', 'sink'].map((part) => ({
      part,
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy),
    })),
  });
  const withLedger = () => ({ ...variables(), LEDGER_TABLE: 'ledger' });

  test('an ES module without the banner', async () => {
    const { entry } = await bundle('esm, without the banner');
    expect(await invoke(entry, [check], withLedger())).toEqual([
      problems(/Dynamic require of "[\w:/]+" is not supported/, /createRequire\(import\.meta\.url\)/),
    ]);
  });

  test('an entry that was deployed without its chunks', async () => {
    const { entry, removeChunks } = await bundle('esm, with the banner, split');
    await removeChunks();
    expect(await invoke(entry, [check], withLedger())).toEqual([
      problems(/Cannot find module .*\.mjs/, /chunks beside the entry/),
    ]);
  });

  test('a package that is neither in the bundle nor beside it', async () => {
    const { entry } = await bundle('esm, without the SDK');
    const alone = await mkdtemp(join(tmpdir(), 'undam-alone-'));
    await cp(entry, join(alone, 'handler.mjs'));
    expect(await invoke(join(alone, 'handler.mjs'), [check], withLedger())).toEqual([
      problems(/Cannot find package '@aws-sdk/, /dependencies/),
    ]);
    await rm(alone, { recursive: true });
  });

  test('a record is then reported, and the sink says why', async () => {
    const { entry } = await bundle('esm, without the banner');
    expect(await invoke(entry, [poison, poison], variables())).toEqual(
      [1, 2].map(() => ({ batchItemFailures: [{ itemIdentifier: '1' }] })),
    );
  });
});
