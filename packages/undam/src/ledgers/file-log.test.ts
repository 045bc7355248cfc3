import { execFile } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Memory } from '../ledger.ts';
import type { FileAccess } from './file-access.ts';
import { FileLog } from './file-log.ts';
import { memory } from './ledger-contract.fixture.ts';
import { nodeFiles } from './node-files.ts';

const root = mkdtempSync(join(tmpdir(), 'undam-file-log-'));
afterAll(() => rmSync(root, { recursive: true }));
let logs = 0;
const newPath = () => join(root, `${logs++}.log`);
const rules = { now: Date.now, expiresAfterMs: 86_400_000, mostBytes: 1_000_000 };
const remember = (log: FileLog, memories: Readonly<Record<string, Memory | undefined>>) =>
  log.remember(new Map(Object.entries(memories)));
describe('writers of one log', () => {
  test('in several processes lose nothing of one another while it is written anew and removed', async () => {
    const folder = join(root, 'hammered');
    const script = fileURLToPath(new URL('./file-writer.fixture.ts', import.meta.url));
    const names = ['a', 'b', 'c', 'd'];
    const said = await Promise.all(
      names.map((name) =>
        promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder, name, '200']),
      ),
    );
    expect(said.map(({ stdout }) => stdout)).toEqual(names.map(() => '0\n'));
    const [left, ...others] = readdirSync(join(folder, 'logs'));
    expect(others).toEqual([]);
    const log = new FileLog(nodeFiles, join(folder, 'logs', left!), rules);
    expect([...log.recall().keys()]).toEqual(expect.arrayContaining(names));
  });

  test.each(['before', 'after'] as const)('keep what one of them writes %s another replaces it', (when) => {
    const path = newPath();
    const other = new FileLog(nodeFiles, path, rules);
    let replaced = 0;
    const files: FileAccess = {
      ...nodeFiles,
      rename(from, to) {
        replaced++;
        if (when === 'before') remember(other, { 2: memory('open', 7) });
        nodeFiles.rename(from, to);
        if (when === 'after') remember(other, { 2: memory('open', 7) });
      },
    };
    const log = new FileLog(files, path, rules);
    for (let n = 0; replaced === 0; n++) remember(log, { 1: memory('open', n) });
    expect(lstatSync(path).size).toBeLessThan(1_000);
    expect(log.recall().get('2')).toEqual(memory('open', 7));
  });

  test.each(['before', 'after'] as const)('keep what one of them writes %s another removes it', (when) => {
    const path = newPath();
    const other = new FileLog(nodeFiles, path, rules);
    const files: FileAccess = {
      ...nodeFiles,
      remove(removed) {
        if (removed === path && when === 'before') remember(other, { 2: memory('open', 7) });
        nodeFiles.remove(removed);
        if (removed === path && when === 'after') remember(other, { 2: memory('open', 7) });
      },
    };
    const log = new FileLog(files, path, rules);
    remember(log, { 1: memory('open', 1) });
    remember(log, { 1: undefined });
    expect(log.recall()).toEqual(new Map([['2', memory('open', 7)]]));
  });

  test('write again what went into a file that had been replaced', () => {
    const path = newPath();
    const other = new FileLog(nodeFiles, path, rules);
    let isFirst = true;
    const files: FileAccess = {
      ...nodeFiles,
      open(opened: string, how: never) {
        const file = nodeFiles.open(opened, how);
        // Between its opening and its writing, somebody else removes the entry.
        if (how === ('append' as never) && isFirst) {
          isFirst = false;
          remember(other, { 1: undefined });
          expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
        }
        return file as never;
      },
    };
    remember(other, { 1: memory('open', 1) });
    const log = new FileLog(files, path, rules);
    remember(log, { 2: memory('open', 1) });
    expect([...log.recall().keys()]).toEqual(['2']);
  });
});

test('a rewrite whose process died holds up the next ones for a minute only', () => {
  const path = newPath();
  const log = new FileLog(nodeFiles, path, rules);
  writeFileSync(`${path}.new`, '');
  remember(log, { 1: memory('open', 1) });
  remember(log, { 1: undefined });
  expect(log.recall()).toEqual(new Map());
  expect(log.exists).toBe(true);
  utimesSync(`${path}.new`, new Date(), new Date(Date.now() - 60_000));
  log.recall();
  log.recall();
  expect(log.exists).toBe(false);
  expect(lstatSync(`${path}.new`, { throwIfNoEntry: false })).toBeUndefined();
});
