import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { arrowsOf, circlesOf } from '../structure/structure.ts';
import { type Import, importsOf, importsUnder, typeScriptFiles } from './imports.ts';
import { root } from './workspace.ts';

const undamSource = join(root, 'packages/undam/src');

/** Where the inside of `undam` meets something else; every other file is pure. A folder ends in `/`. */
const edges: Readonly<Record<string, string>> = {
  'index.ts': 'the entry, which only exports',
  'base/clock.ts': "the process's clock and randomness",
  'observe/log-to-console.ts': 'the console',
  'middlewares/hooks.ts': "Middy's hooks, on the process's own clock",
  'middlewares/partial-batch.ts': 'the ledger for this environment',
  'middlewares/quarantine.ts': "the process's own hooks",
  'middlewares/time-budget.ts': "the process's own hooks",
  'middlewares/stream-guard.ts': "the process's own hooks",
  'middlewares/index.ts': 'the entry, which only exports',
  'ledgers/memory.ts': 'the memory of the process',
  'ledgers/file/': "the environment's disk",
  'ledgers/dynamodb/': 'a DynamoDB table',
  'powertools/': 'Powertools',
  'sinks/sqs/': 'an SQS queue',
};
/** From what knows least to what knows most. */
const folders = [
  'base',
  'mapping',
  'streams',
  'envelope',
  'observe',
  'decode',
  'ledgers',
  'sinks',
  'ledgers/file',
  'ledgers/dynamodb',
  'sinks/sqs',
  'engine/time',
  'engine/recall',
  'engine/quarantine',
  'engine/judge',
  'engine/run',
  'engine/run/records',
  'engine/run/batches',
  'engine/invocation',
  'handlers',
  'middlewares',
  'powertools',
  '.',
];
/** Edges whose types are ports: a pure file may name them, but takes no value from them. */
const ports = ['base/clock.ts'];
/** Built-ins that compute and do nothing else, or keep invocations apart. */
const computing = ['node:async_hooks', 'node:crypto', 'node:events', 'node:zlib'];
/** Who may name Middy's side of things. */
const knowMiddy = ['index.ts', ...Object.keys(edges).filter((edge) => edge.startsWith('middlewares/'))];
/** Who may name an AWS SDK, and only so that nothing loads before its first use. */
const sdkOf: Readonly<Record<string, string>> = {
  'ledgers/dynamodb/dynamodb-ledger.ts': '@aws-sdk/client-dynamodb',
  'sinks/sqs/sqs-sink.ts': '@aws-sdk/client-sqs',
};
/** What somebody who imports one of our entries has anyway, because that entry extends it. */
const extended: Readonly<Record<string, string>> = { 'powertools/': '@aws-lambda-powertools/batch' };
/** Who may look at the global scope: one when it is loaded, the other at what Middy finds there now. */
const knowGlobals = ['base/intrinsics.ts', 'engine/invocation/global-scope.ts'];
/** What a handler may have replaced in the global scope by the time it is used. */
const intrinsics = /\bnew (AbortController|Map|Promise|Set)\b|(?<![.\w])(JSON|Promise)\./g;
/** Time, randomness and the process, which pure code is given instead; a built-in on first use is no more than an import. */
const ambient =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bprocess\.(?!getBuiltinModule\b)|\bconsole\.|\bglobalThis\b|(?<![.\w#])(?:setTimeout|setInterval|setImmediate)\(/;

const arrows = (await importsUnder(undamSource)).filter(({ from }) => isShipped(from));
const inside = arrows.filter(({ to }) => to.endsWith('.ts'));
const outside = arrows.filter(({ to }) => !to.endsWith('.ts'));

describe('import arrows of packages/undam', () => {
  test('there are arrows to look at, and the edges exist', async () => {
    const files = await typeScriptFiles(undamSource);
    expect(inside.length).toBeGreaterThan(20);
    for (const edge of Object.keys(edges)) expect(files.filter((file) => file.startsWith(edge))).not.toEqual([]);
  });

  test("nothing is imported but its own files, Node's built-ins, an SDK at its own edge and what an entry extends", () => {
    const allowed = ({ from, to }: Import) =>
      to.startsWith('node:') || sdkOf[from] === to || packageOf(to) === extended[folderOf(from)];
    expect(shown(outside.filter((arrow) => !allowed(arrow)))).toEqual([]);
  });

  test('an SDK is named by a type or by an import on first use, never by one at load', async () => {
    for (const [file, sdk] of Object.entries(sdkOf)) {
      const source = await readFile(join(undamSource, file), 'utf8');
      const atLoad = importsOf(file, source.replaceAll(/\bimport\(/g, 'later(')).filter(({ typeOnly }) => !typeOnly);
      expect(shown(atLoad.filter(({ to }) => to === sdk))).toEqual([]);
    }
  });

  test('a built-in is taken from the process, never by an import, which loads it and all that its getters load', async () => {
    const files = (await typeScriptFiles(undamSource)).filter(isShipped);
    const sources = files.map(async (file) =>
      importsOf(file, (await codeOf(file)).replaceAll('getBuiltinModule(', '')),
    );
    const imported = (await Promise.all(sources)).flat().filter(({ typeOnly }) => !typeOnly);
    expect(shown(imported.filter(({ to }) => to.startsWith('node:')))).toEqual([]);
  });

  test('no files and no folders import one another in a circle', () => {
    expect(circlesOf(inside)).toEqual([]);
    expect(circlesOf(arrowsOf(inside))).toEqual([]);
  });

  test('each folder imports only what stands before it', () => {
    const place = (folder: string): number => folders.indexOf(folder);
    const arrows = arrowsOf(inside);
    expect(new Set(arrows.flatMap(({ from, to }) => [from, to]))).toEqual(new Set(folders));
    const back = arrows.filter(({ from, to }) => place(to) >= place(from));
    expect(back.flatMap(({ imports }) => imports.map(({ from, to }) => `${from} -> ${to}`))).toEqual([]);
  });

  test('no file imports the entry', () => {
    expect(shown(inside.filter(({ to }) => to === 'index.ts'))).toEqual([]);
  });

  test('a pure file imports no edge, but for the types of a port', () => {
    const wrong = ({ to, typeOnly }: Import) => isEdge(to) && !(typeOnly && ports.includes(to));
    expect(shown(inside.filter((arrow) => !isEdge(arrow.from) && wrong(arrow)))).toEqual([]);
  });

  test('a pure file imports no built-in that does more than compute', () => {
    const wrong = outside.filter(({ from, to }) => !isEdge(from) && !computing.includes(to));
    expect(shown(wrong)).toEqual([]);
  });

  test('a pure file takes time, randomness and the process from nowhere', async () => {
    const files = (await typeScriptFiles(undamSource)).filter(
      (file) => isShipped(file) && !isEdge(file) && !knowGlobals.includes(file),
    );
    const found = await Promise.all(files.map(async (file) => `${file}: ${await ambientUse(file)}`));
    expect(found.filter((line) => !line.endsWith(': none'))).toEqual([]);
  });

  test('every file takes from intrinsics.ts what a handler may replace', async () => {
    const files = (await typeScriptFiles(undamSource)).filter((file) => isShipped(file) && !knowGlobals.includes(file));
    const found = await Promise.all(
      files.map(async (file) => replaceableIn(await codeOf(file)).map((name) => [file, name])),
    );
    expect(found.flat()).toEqual([]);
  });

  test('nothing but its own entry knows what it extends', () => {
    const isExtended = (path: string) => Object.hasOwn(extended, folderOf(path));
    expect(shown(inside.filter(({ from, to }) => isExtended(to) && folderOf(from) !== folderOf(to)))).toEqual([]);
  });

  test('a sink or ledger knows neither Middy nor another edge', () => {
    const outer = inside.filter(({ from }) => /^(sinks|ledgers)\//.test(from));
    expect(shown(outer.filter(({ from, to }) => isEdge(to) && folderOf(to) !== folderOf(from)))).toEqual([]);
  });

  test("only Middy's own edge knows what a Middy request looks like", async () => {
    expect(shown(inside.filter(({ from, to }) => to === 'middlewares/hooks.ts' && !knowMiddy.includes(from)))).toEqual(
      [],
    );
    const files = (await typeScriptFiles(undamSource)).filter((file) => isShipped(file) && !knowMiddy.includes(file));
    for (const file of files) {
      expect({ file, code: await codeOf(file) }).toEqual({ file, code: expect.not.stringMatching(/\bMiddyRequest\b/) });
    }
  });
});

test('no file of the tree reaches into another package by a relative path', async () => {
  const wrong: Import[] = [];
  for (const area of ['packages', 'examples', 'tools']) {
    const home = (path: string) => (area === 'tools' ? (path.startsWith('..') ? path : area) : path.split('/')[0]);
    const relative = (await importsUnder(join(root, area))).filter(({ to }) => /\.[cm]?[jt]s$/.test(to));
    wrong.push(...relative.filter((arrow) => home(arrow.from) !== home(arrow.to) && !isExampleTest(area, arrow)));
  }
  expect(shown(wrong)).toEqual([]);
});

test('undam does not know its own tools, not even in tests', async () => {
  const all = await importsUnder(join(root, 'packages/undam'));
  expect(shown(all.filter(({ to }) => to.startsWith('@undam/')))).toEqual([]);
});

/** The tests of the examples share a bench; the handlers, which are there to be copied, share nothing. */
function isExampleTest(area: string, { from, to }: Import): boolean {
  return area === 'examples' && from.endsWith('.test.ts') && to.startsWith('testing/');
}

function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/') + 1);
}

/** Of a scoped package's subpath, the package. */
function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, 2).join('/');
}

function isShipped(file: string): boolean {
  return !/\.(test|fixture|types)\.ts$/.test(file);
}

function isEdge(file: string): boolean {
  return Object.keys(edges).some((edge) => (edge.endsWith('/') ? file.startsWith(edge) : file === edge));
}

async function codeOf(file: string): Promise<string> {
  const source = await readFile(join(undamSource, file), 'utf8');
  return source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '').replace(/\s\/\/ .*$/gm, '');
}

async function ambientUse(file: string): Promise<string> {
  return ambient.exec(await codeOf(file))?.[0] ?? 'none';
}

/** The names that a file uses and does not import from intrinsics.ts. */
function replaceableIn(code: string): string[] {
  const [, imported = ''] = /^import \{([^}]*)\} from '[./]+\/(?:base\/)?intrinsics\.ts';/m.exec(code) ?? [];
  const taken = imported.split(',').map((name) => name.trim());
  const used = new Set([...code.matchAll(intrinsics)].map(([, made, read]) => made ?? read ?? ''));
  return [...used].filter((name) => !taken.includes(name));
}

function shown(found: readonly Import[]): string[] {
  return found.map(({ from, to }) => `${from} -> ${to}`);
}
