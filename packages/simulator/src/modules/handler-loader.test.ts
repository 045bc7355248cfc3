import { spawnSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { simulate } from '../simulate.ts';
import { project, removeProjects, run, telling, told } from './project.fixture.ts';

afterAll(removeProjects);

const counting = `import { count } from './count'; ${telling('count()')}`;
const twoShards = {
  stream: { shards: 2 },
  records: ['a', 'b', 'c', 'd'].flatMap((key) => [{ put: { partitionKey: `key ${key}`, data: '{}' } }]),
  mapping: { BatchSize: 1, MaximumRetryAttempts: 0 },
};

describe('a handler that esbuild compiles', () => {
  test('counts for each environment by itself', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': counting,
      'count.ts': 'let calls = 0; export const count = (): number => ++calls;',
    });
    const simulation = await run(at('handler.ts'), twoShards);
    const counts = new Map<number, unknown[]>();
    for (const [index, value] of told(simulation).entries()) {
      const { environment } = simulation.invocations[index]!;
      counts.set(environment, [...(counts.get(environment) ?? []), value]);
    }
    expect(counts.size).toBe(2);
    for (const values of counts.values()) expect(values).toEqual(values.map((_, index) => index + 1));
  });

  test('imports lazily inside the run: own files, packages, names that only the run knows', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': telling(`[
        (await import('./own')).own, (await import('lazy')).lazy, (await import('lazy-esm')).lazy,
        (await import(['.', 'own.ts'].join('/'))).own]`),
      'own.ts': `export const own: string = 'own';`,
      'node_modules/lazy/index.js': `exports.lazy = 'package';`,
      'node_modules/lazy-esm/package.json': '{ "name": "lazy-esm", "type": "module", "exports": "./index.js" }',
      'node_modules/lazy-esm/index.js': `export const lazy = 'module';`,
    });
    expect(told(await run(at('handler.ts')))).toEqual([['own', 'package', 'module', 'own']]);
  });

  test('names its own lines in stacks', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': `import { fail } from './nested/fail';\nexport const handler = async () => {\n  fail();\n};\n`,
      'nested/fail.ts': `enum Kind { A }\n\n\nexport const fail = () => {\n  const { stack } = new Error('x');\n  throw new Error(JSON.stringify({ stack, url: import.meta.url, Kind }));\n};`,
    });
    const [{ stack } = {}] = told(await run(at('handler.ts')));
    expect(stack).toContain(`${at('nested/fail.ts').pathname}:5:21`);
    expect(stack).toContain(`${at('handler.ts').pathname}:3:3`);
    expect(stack).not.toContain('undam-environment');
  });

  test("a mistake in it rejects with esbuild's own words, and nothing else is told", async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': `import './broken';`,
      'broken.ts': 'const x = ;\n',
      'main.mjs': `
        import { simulate } from ${JSON.stringify(new URL('../simulate.ts', import.meta.url))};
        const handler = new URL('./handler.ts', import.meta.url);
        await simulate({ handler, records: [] }).catch(({ message }) => console.log(message));`,
    });
    const args = ['--disable-warning=ExperimentalWarning', '--conditions=undam-source', at('main.mjs').pathname];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/^Build failed with 1 error:\n\S*broken\.ts:1:10: ERROR: Unexpected ";"\n$/);
    expect(stderr).toBe('');
  });

  test('is known by its real file, whatever link leads there', async () => {
    const at = await project({
      'package.json': '{}',
      'real/handler.ts': `import { own } from './own'; ${telling('[own, import.meta.url]')}`,
      'real/own.ts': 'export enum Own { One = 1 } export const own = Own.One;',
    });
    await symlink('real', at('link'));
    expect(told(await run(at('link/handler.ts')))).toEqual([[1, at('real/handler.ts').href]]);
  });

  test.each(['handler.ts', 'handler.mjs'])('a %s that is not there is named', async (name) => {
    const at = await project({});
    await expect(run(at(name))).rejects.toThrow(
      `handler: expected the file of a module, found none at ${at(name).pathname}`,
    );
  });

  test('a module that is missing is named by file and line', async () => {
    const at = await project({ 'package.json': '{}', 'handler.ts': `\nimport './missing';` });
    await expect(run(at('handler.ts'))).rejects.toThrow(/handler\.ts:2:7: ERROR: Could not resolve "\.\/missing"/);
  });

  test('leaves no process behind', async () => {
    const esbuilds = (): string[] => {
      const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' });
      return stdout.split('\n').filter((line) => Number.parseInt(line, 10) === process.pid && line.includes('esbuild'));
    };
    // Jest's worker may have one of another test file.
    const before = new Set(esbuilds());
    const at = await project({ 'package.json': '{}', 'handler.ts': telling('1'), 'broken.ts': 'const x = ;' });
    await run(at('handler.ts'));
    await expect(run(at('broken.ts'))).rejects.toThrow('Build failed');
    // It is told to end, and takes as long as the machine lets it.
    const left = (): string[] => esbuilds().filter((line) => !before.has(line));
    for (let tries = 0; left().length > 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left()).toEqual([]);
  });
});

describe('a handler that Node loads', () => {
  const needsACompiler = {
    'an enum': 'enum Size { Large = 1 }',
    'an extensionless import': `import './other';`,
    'a decorator': 'const d = () => {}; class Order { @d label() {} }',
    'CommonJS in an ES module': `export const x = require('./other.ts');`,
  };

  test.each(Object.entries(needsACompiler))('that has %s: says to install esbuild, and why', async (_, text) => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': `${text}\n${telling('1')}`,
      'other.ts': 'export {};',
    });
    const running = run(at('handler.ts'), { loader: 'node' });
    await expect(running).rejects.toThrow(
      /Node by itself \(22\.18 or later\) loads TypeScript whose types can be erased.*leave out loader/s,
    );
  });

  test('an error of its own is told without advice', async () => {
    const at = await project({ 'package.json': '{}', 'handler.ts': `throw new RangeError('of its own');` });
    const error: Error = await run(at('handler.ts'), { loader: 'node' }).then(
      () => new Error('none'),
      (reason) => reason,
    );
    expect([error.name, error.message]).toEqual(['RangeError', 'of its own']);
  });

  test('erasable TypeScript is loaded without esbuild', async () => {
    const at = await project({ 'package.json': '{}', 'handler.ts': telling('1 as number') });
    expect(told(await run(at('handler.ts'), { loader: 'node' }))).toEqual([1]);
  });

  test('JavaScript is loaded by Node, unless esbuild is asked for', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.mjs': `import { other } from './other'; ${telling('other')}`,
      'other.mjs': '',
      'other.js': `export const other = 'other';`,
    });
    await expect(run(at('handler.mjs'))).rejects.toThrow("give simulate() loader: 'esbuild'");
    expect(told(await run(at('handler.mjs'), { loader: 'esbuild' }))).toEqual(['other']);
  });

  test.each([
    [
      'CommonJS',
      'handler.js',
      `const { count } = require('./count'); exports.handler = async () => { throw count(); };`,
    ],
    [
      'an ES module',
      'handler.mjs',
      `import { count } from './count.mjs'; export const handler = async () => { throw count(); };`,
    ],
  ])('%s counts for each environment by itself', async (_, name, text) => {
    const at = await project({
      'package.json': '{}',
      [name]: text,
      'count.js': 'let calls = 0; exports.count = () => new Error(++calls);',
      'count.mjs': 'let calls = 0; export const count = () => new Error(++calls);',
    });
    expect(told(await run(at(name), twoShards)).filter((count) => Number(count) === 1)).toHaveLength(2);
  });
});

describe('options of loading', () => {
  test('a loader that does not exist is refused', async () => {
    const at = await project({ 'handler.ts': telling('1') });
    const running = run(at('handler.ts'), { loader: 'tsx' as 'node' });
    await expect(running).rejects.toThrow('loader: expected esbuild or node, got tsx');
  });

  test.each([{ stubs: {} }, { loader: 'node' as const }, { exportName: 'other' }, { variables: {} }])(
    '%j beside createHandler is refused',
    async (options) => {
      const running = simulate({ createHandler: () => async () => null, records: [], ...options });
      await expect(running).rejects.toThrow('expected it with a handler module only');
    },
  );
});
