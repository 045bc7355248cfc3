import { afterAll, describe, expect, test } from '@jest/globals';
import { project, removeProjects, run, telling, told } from './project.fixture.ts';

afterAll(removeProjects);

const store = {
  'node_modules/store/package.json': '{ "name": "store", "main": "index.js" }',
  'node_modules/store/index.js': `exports.get = () => 'real store';`,
  'node_modules/store/deep.js': `exports.get = () => 'real deep';`,
  // Packages that use the store themselves, one of each kind.
  'node_modules/uses-esm/package.json': '{ "name": "uses-esm", "type": "module", "exports": "./index.js" }',
  'node_modules/uses-esm/index.js': `import * as store from 'store'; export const get = () => store.get();`,
  'node_modules/uses-cjs/package.json': '{ "name": "uses-cjs", "main": "index.js" }',
  'node_modules/uses-cjs/index.js': `const store = require('store'); exports.get = () => store.get();`,
};

const typescript = {
  'package.json': '{}',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@app/*": ["./src/*"] } } }',
  'src/db.ts': `export const get = (): string => 'real'; export const only = 'of the real one';`,
  'src/deep/service.ts': `import { get } from '../db'; export const service = () => 'service of ' + get();`,
  'test/db.stub.ts': `export const get = (): string => 'stub';`,
};

describe('a stand-in for a file of TypeScript', () => {
  const handler = `
    import { get } from './db';
    import { get as byJs } from './db.js';
    import { get as aliased } from '@app/db';
    import { service } from './deep/service';
    const required = require('./db');
    ${telling("[get(), byJs(), aliased(), service(), required.get(), (await import('./db')).get()]")}`;

  test.each(['./db.ts', './db.js', '@app/db'])('%s: every import of it gets it', async (key) => {
    const at = await project({ ...typescript, 'src/handler.ts': handler });
    const [values] = told(await run(at('src/handler.ts'), { stubs: { [key]: at('test/db.stub.ts') } }));
    expect(values).toEqual(['stub', 'stub', 'stub', 'service of stub', 'stub', 'stub']);
  });

  test('may be given by its path, and may import the real one', async () => {
    const at = await project({
      ...typescript,
      'src/handler.ts': `import { get, only } from './db'; ${telling('[get(), only]')}`,
      'test/db.stub.ts': `
        import * as real from '../src/db';
        export * from '../src/db';
        export const get = () => 'stub before ' + real.get();`,
    });
    const stubs = { './db.ts': at('test/db.stub.ts').pathname };
    const [values] = told(await run(at('src/handler.ts'), { stubs }));
    expect(values).toEqual(['stub before real', 'of the real one']);
  });
});

describe('a stand-in for a package', () => {
  const handler = `
    import { get } from 'store';
    import { get as deep } from 'store/deep.js';
    import { get as byModule } from 'uses-esm';
    import { get as byCommonJs } from 'uses-cjs';
    ${telling("[get(), deep(), byModule(), byCommonJs(), (await import('store')).get()]")}`;

  test.each([
    ['TypeScript', 'handler.ts', '{}'],
    ['TypeScript in a project of ES modules', 'handler.ts', '{ "type": "module" }'],
    ['an ES module', 'handler.mjs', '{}'],
  ])('reaches every importer, packages too, from %s', async (_, name, manifest) => {
    const at = await project({
      ...store,
      'package.json': manifest,
      [name]: handler,
      'store.stub.mjs': `export const get = () => 'stub'; export default { get };`,
    });
    const [values] = told(await run(at(name), { stubs: { store: at('store.stub.mjs') } }));
    expect(values).toEqual(['stub', 'real deep', 'stub', 'stub', 'stub']);
  });

  test('is one module for own files and for packages that are ES modules', async () => {
    const at = await project({
      ...store,
      'package.json': '{}',
      'handler.ts': `
        import { get } from 'store';
        import { get as byPackage } from 'uses-esm';
        import { Missing } from './missing';
        const isMissing = (() => { try { get(); } catch (error) { return error instanceof Missing; } })();
        ${telling('[isMissing, byPackage.calls ?? "", globalThis.loads]')}`,
      'missing.ts': 'export class Missing extends Error {}',
      'store.stub.ts': `
        import { Missing } from './missing';
        enum Kind { A }
        globalThis.loads = (globalThis.loads ?? 0) + 1;
        export const get = () => { throw new Missing(Kind[0]); };`,
    });
    const simulation = await run(at('handler.ts'), { stubs: { store: at('store.stub.ts') } });
    // Once when the simulation loads its files, and once for the environment.
    expect(told(simulation)).toEqual([[true, '', 2]]);
  });

  test('may import the real one', async () => {
    const at = await project({
      ...store,
      'package.json': '{}',
      'handler.ts': `import { get } from 'store'; ${telling('get()')}`,
      'store.stub.ts': `import * as real from 'store'; export const get = () => 'stub before ' + real.get();`,
    });
    const simulation = await run(at('handler.ts'), { stubs: { store: at('store.stub.ts') } });
    expect(told(simulation)).toEqual(['stub before real store']);
  });

  test('names its own lines, where only a package imports it', async () => {
    const at = await project({
      ...store,
      'package.json': '{}',
      'handler.ts': `import { get } from 'uses-esm'; ${telling('get()')}`,
      'test/store.stub.ts': `enum Kind { A }\nexport const get = () => new Error(Kind[0]).stack;`,
    });
    const [stack] = told(await run(at('handler.ts'), { stubs: { store: at('test/store.stub.ts') } }));
    expect(stack).toContain(`${at('test/store.stub.ts').pathname}:2:26`);
  });

  test.each(['handler.ts', 'handler.mjs'])('needs no such package, for %s', async (name) => {
    const at = await project({
      'package.json': '{}',
      [name]: `import { get } from 'not-installed'; ${telling('get()')}`,
      'stub.mjs': `export const get = () => 'stub';`,
    });
    expect(told(await run(at(name), { stubs: { 'not-installed': at('stub.mjs') } }))).toEqual(['stub']);
  });

  test('may be a package', async () => {
    const at = await project({
      ...store,
      'package.json': '{}',
      'node_modules/fake-store/index.js': `exports.get = () => 'fake';`,
      'handler.ts': `import { get } from 'store'; ${telling('get()')}`,
    });
    const stubs = { store: at('node_modules/fake-store/index.js') };
    expect(told(await run(at('handler.ts'), { stubs }))).toEqual(['fake']);
  });

  test('may be one for a built-in module, by either of its names', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': `
        import { hostname } from 'node:os';
        import os from 'os';
        const required = require('node:os');
        ${telling('[hostname(), os.hostname(), required.hostname()]')}`,
      'os.stub.ts': `let calls = 0; export const hostname = () => ++calls; export default { hostname };`,
    });
    const simulation = await run(at('handler.ts'), { stubs: { os: at('os.stub.ts') } });
    expect(told(simulation)).toEqual([[1, 2, 3]]);
  });
});

describe('a stand-in for a file of JavaScript, which Node loads', () => {
  test.each([
    [
      'an ES module',
      'handler.mjs',
      `import { get } from './db.mjs'; ${telling("[get(), (await import('./db.mjs')).get()]")}`,
    ],
    [
      'CommonJS',
      'handler.cjs',
      `const { get } = require('./db.mjs'); exports.handler = async () => {
         throw new Error(JSON.stringify([get(), (await import('./db.mjs')).get()])); };`,
    ],
  ])('every import of it gets it: %s', async (_, name, text) => {
    const at = await project({
      'package.json': '{}',
      [name]: text,
      'db.mjs': `export const get = () => 'real';`,
      'db.stub.mjs': `import * as real from './db.mjs'; export const get = () => 'stub before ' + real.get();`,
    });
    const [values] = told(await run(at(name), { stubs: { './db.mjs': at('db.stub.mjs') } }));
    expect(values).toEqual(['stub before real', 'stub before real']);
  });
});

describe('a stand-in that proves nothing', () => {
  test.each([
    ['./dbb.ts', 'handler.ts'],
    ['unused', 'handler.ts'],
    ['./dbb.mjs', 'handler.mjs'],
    ['unused', 'handler.mjs'],
  ])('is an error that names it: %s for %s', async (key, name) => {
    const at = await project({ 'package.json': '{}', [name]: telling('1'), 'stub.mjs': '' });
    const running = run(at(name), { stubs: { [key]: at('stub.mjs') } });
    await expect(running).rejects.toThrow(`got '${key}', which nothing has imported`);
  });

  test('is named before the handler does what the stand-in should have kept it from', async () => {
    const at = await project({
      'package.json': '{}',
      'handler.ts': `import './db';`,
      'db.ts': `throw new Error('connects');`,
      'stub.ts': '',
    });
    const running = run(at('handler.ts'), { stubs: { './dbb.ts': at('stub.ts') } });
    await expect(running).rejects.toThrow(`got './dbb.ts', which nothing has imported`);
  });

  test.each([
    ['a file that is not there', new URL('file:///nowhere/stub.ts')],
    ['a relative path', './stub.ts'],
    ['a module', { get: () => 'stub' } as unknown as URL],
  ])('is refused: %s', async (_, stub) => {
    const at = await project({ 'package.json': '{}', 'handler.ts': telling('1') });
    const running = run(at('handler.ts'), { stubs: { './db.ts': stub } });
    await expect(running).rejects.toThrow(
      /stubs\['\.\/db\.ts'\]: expected the URL or the absolute path of a file, got/,
    );
  });
});
