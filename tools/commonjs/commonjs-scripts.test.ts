import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root, workspacePackages } from '../workspace.ts';
import { writeScripts } from './commonjs-scripts.ts';
import { ModulePlaces } from './module-places.ts';

const source = join(root, 'packages/simulator/src');
const cache = join(root, '.cache');
let folder: string;
let outdir: string;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'commonjs-'));
  outdir = join(folder, 'cjs');
  const packages = await workspacePackages();
  const isSimulator = (name: string): boolean => name === '@undam/simulator';
  const one = packages.find(({ manifest: { name } }) => isSimulator(name))!;
  const others = packages.filter(({ manifest: { name } }) => !isSimulator(name));
  const entries = ['index.ts', 'parts.ts'].map((file) => join(source, file));
  await writeScripts(entries, new ModulePlaces(one, others), outdir);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script beside the copies and answers what it logged. */
const run = (code: string): unknown => {
  const output = execFileSync(process.execPath, ['--no-experimental-require-module', '-e', code], { cwd: outdir });
  return JSON.parse(String(output)) as unknown;
};

test('the CommonJS entries load where no ES module can be required, and load no AWS SDK', () => {
  const loaded = run(`
    require('./index.js'); require('./parts.js');
    console.log(JSON.stringify(Object.keys(require.cache)));`) as string[];
  expect(loaded).toContain(join(outdir, 'undam/mapping.js'));
  expect(loaded.filter((file) => /aws-sdk|smithy/.test(file))).toEqual([]);
});

test('the CommonJS entries share their classes', () => {
  const same = `require('./index.js').RealWorldError === require('./virtual/real-world-error.js').RealWorldError`;
  expect(run(`console.log(${same})`)).toBe(true);
});

test('what a module finds by its own address is found beside the ES module, at any depth', () => {
  const code = `
    const threads = require('node:worker_threads');
    threads.Worker = class { constructor(entry) { console.log(JSON.stringify(String(entry))); process.exit(); } };
    require('./index.js').simulate({ handler: new URL('file:///handler.mjs'), records: [] });`;
  expect(run(code)).toBe(`file://${join(folder, 'simulate-worker.js')}`);
  const live = `require('node:fs').readFileSync('live/environment.js', 'utf8').match(/__dirname, "(.*)"/)[1]`;
  expect(run(`console.log(JSON.stringify(${live}))`)).toBe('../../live/environment.js');
});
