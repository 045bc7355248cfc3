import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { root, type WorkspacePackage, workspacePackages } from '../repo/workspace.ts';
import { writeScripts } from './commonjs-scripts.ts';

type Exports = Readonly<Record<string, { readonly 'undam-source': string }>>;

const cache = join(root, '.cache');
const packages = await workspacePackages();
const entriesOf = ({ manifest }: WorkspacePackage): [specifier: string, source: string][] =>
  Object.entries(manifest.exports as Exports).map(([entry, { 'undam-source': source }]) => [
    `${manifest.name}${entry.slice(1)}`,
    source,
  ]);
/** These register with a test runner, and load only in it; `check:packed` has projects for them. */
const ofRunners = ['@undam/simulator/jest', '@undam/simulator/vitest'];
const loadable = packages.flatMap(entriesOf).filter(([entry]) => !ofRunners.includes(entry));
let folder: string;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'commonjs-'));
  for (const one of packages) {
    const installed = join(folder, 'node_modules', one.manifest.name);
    const outdir = join(installed, 'dist/cjs');
    const sources = entriesOf(one).map(([, source]) => join(one.folder, source));
    await writeScripts(sources, join(one.folder, 'src'), outdir);
    writeFileSync(join(installed, 'package.json'), JSON.stringify(one.manifest));
    writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script beside the installed copies under Lambda's flags; answers the value that it logged. */
const run = (code: string): unknown => {
  const flags = ['--no-experimental-require-module', '--no-experimental-detect-module'];
  return JSON.parse(String(execFileSync(process.execPath, [...flags, '-e', code], { cwd: folder }))) as unknown;
};

test.each(loadable)('%s can be required where no ES module can, and loads no AWS SDK', (entry) => {
  const loaded = run(`
    const names = Object.keys(require(${JSON.stringify(entry)}));
    console.log(JSON.stringify({ names, files: Object.keys(require.cache) }));`) as { names: []; files: string[] };
  expect(loaded.files.filter((file) => file.startsWith(folder))).not.toEqual([]);
  expect(loaded.files.filter((file) => /aws-sdk|smithy/.test(file))).toEqual([]);
});

test('the entries of a package share their classes', () => {
  const same = `
    const { decodeEnvelope } = require('undam/envelope');
    const { UndamError } = require('undam');
    try { decodeEnvelope('no envelope'); } catch (error) { console.log(error instanceof UndamError); }`;
  expect(run(same)).toBe(true);
});

test('what a module finds by its own address is found beside the ES module, at any depth', () => {
  const code = `
    const threads = require('node:worker_threads');
    threads.Worker = class { constructor(entry) { console.log(JSON.stringify(String(entry))); process.exit(); } };
    require('@undam/simulator').simulate({ handler: new URL('file:///handler.mjs'), records: [] });`;
  const dist = join(folder, 'node_modules/@undam/simulator/dist');
  expect(run(code)).toBe(`file://${dist}/simulate-worker.js`);
  const file = `${dist}/cjs/live/environment.js`;
  const live = `require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8').match(/__dirname, "(.*)"/)[1]`;
  expect(run(`console.log(JSON.stringify(${live}))`)).toBe('../../live/environment.js');
});
