import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { project, removeProjects, run, telling, told } from './project.fixture.ts';

afterAll(removeProjects);

const packages = {
  'node_modules/cjs/package.json': '{ "name": "cjs", "main": "index.js" }',
  // Names that Node cannot see in the text.
  'node_modules/cjs/index.js': `
    const all = { group: () => 'grouped' };
    for (const name of Object.keys(all)) exports[name] = all[name];`,
  'node_modules/babelled/package.json': '{ "name": "babelled", "main": "index.js" }',
  'node_modules/babelled/index.js': `
    Object.defineProperty(exports, '__esModule', { value: true });
    exports.default = class Client {};`,
  'node_modules/esm/package.json': '{ "name": "esm", "type": "module", "exports": { "import": "./index.js" } }',
  'node_modules/esm/index.js': `export const named = 'esm'; export default 'default of esm';`,
  'node_modules/dual/package.json':
    '{ "name": "dual", "exports": { "module": "./bundlers.js", "import": "./esm.mjs", "require": "./cjs.cjs" } }',
  'node_modules/dual/esm.mjs': `export const kind = 'import';`,
  'node_modules/dual/cjs.cjs': `exports.kind = 'require';`,
  'node_modules/dual/bundlers.js': `export const kind = 'bundlers';`,
  'node_modules/mains/package.json': '{ "name": "mains", "main": "main.js", "module": "module.mjs" }',
  'node_modules/mains/main.js': `exports.kind = 'main';`,
  'node_modules/mains/module.mjs': `export const kind = 'module';`,
  'node_modules/only-required/package.json': '{ "name": "only-required", "exports": { "require": "./index.cjs" } }',
  'node_modules/only-required/index.cjs': `exports.kind = 'require';`,
  'node_modules/sourced/package.json': '{ "name": "sourced", "main": "index.ts" }',
  'node_modules/sourced/index.ts': `export const sourced: string = 'sourced';`,
};

describe('TypeScript of a project without "type"', () => {
  let at: (path: string) => URL;
  const path = (name: string): string => at(name).pathname;
  /** An expression in the handler, and its value. */
  const facts: Readonly<Record<string, readonly [expression: string, value: () => unknown]>> = {
    'an enum': ['Size.Large', () => 'large'],
    'a const enum of another file': ['Colour.Red', () => 7],
    'a namespace': ['Text.shout("hi")', () => 'HI'],
    'a parameter property': ['new Order("o-1").id', () => 'o-1'],
    'the name of a class that has a namesake': ['new Order("o-1").namesake()', () => ['Order', 'Order']],
    'a decorator as tsconfig has it': ['new Order("o-1").label()', () => 'label is decorated'],
    'an extensionless import': ['extensionless', () => 'extensionless'],
    'a folder as import': ['folder', () => 'folder'],
    'an import by .js of what is .ts': ['byJs', () => 'by .js'],
    'a path alias': ['aliased', () => 'aliased'],
    'a base URL': ['based', () => 'based'],
    JSON: ['rates.eur', () => 1.1],
    'import = require()': ['legacy.value', () => 'legacy'],
    'require() of an own file': ['required.value', () => 'legacy'],
    'require() of a built-in': ['os.EOL', () => '\n'],
    'export =': ['equalled()', () => 'equalled'],
    'a name that Node cannot see in a CommonJS package': ['group()', () => 'grouped'],
    'the default of a CommonJS package': ['typeof cjs.group', () => 'function'],
    'the default of a package with __esModule': ['Client.name', () => 'Client'],
    'a lazy import of a package with __esModule': ['(await import("babelled")).default.name', () => 'Client'],
    'an ES module': ['[named, esmDefault]', () => ['esm', 'default of esm']],
    'the branch of exports that Node takes': ['dual', () => 'import'],
    'the branch of exports that require takes': ['require("dual").kind', () => 'require'],
    'main before module': ['main', () => 'main'],
    'a package that exports to require only': ['onlyRequired', () => 'require'],
    'a package in TypeScript': ['sourced', () => 'sourced'],
    'an import for what it does': ['globalThis.registered', () => 'registered'],
    'syntax that is newer than this Node': [
      '(() => { let end = ""; { using _ = { [Symbol.dispose]: () => (end = "disposed") }; } return end; })()',
      () => 'disposed',
    ],
    'a lazy import': ['(await import("./lazy")).lazy', () => 'lazy'],
    'a top-level await': ['awaited', () => 'awaited'],
    __dirname: ['[__dirname, nested.directory]', () => [path('src'), path('src/nested')]],
    __filename: ['[__filename, nested.file]', () => [path('src/handler.ts'), path('src/nested/deep.ts')]],
    'import.meta.url': [
      '[import.meta.url, nested.url]',
      () => [at('src/handler.ts').href, at('src/nested/deep.ts').href],
    ],
    'import.meta.filename': [
      '[import.meta.filename, import.meta.dirname]',
      () => [path('src/handler.ts'), path('src')],
    ],
    'import.meta.resolve()': [
      'nested.resolved',
      () => [at('src/nested/other.ts').href, at('node_modules/cjs/index.js').href],
    ],
    'require.resolve()': [
      '[require.resolve("cjs"), nested.requireResolved]',
      () => [path('node_modules/cjs/index.js'), path('src/nested/deep.ts')],
    ],
    'a variable named __dirname of its own': ['ownDirname', () => `${path('src/nested')}!`],
    'a require of its own': ['ownRequire', () => 1.1],
  };
  let values: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    at = await project({
      ...packages,
      'package.json': '{ "sideEffects": false }',
      'tsconfig.json': `{
        // With comments, as usual.
        "compilerOptions": { "experimentalDecorators": true, "baseUrl": ".", "paths": { "@app/*": ["src/app/*"] } }
      }`,
      'src/handler.ts': `#!/usr/bin/env node
        import cjs, { group } from 'cjs';
        import Client from 'babelled';
        import esmDefault, { named } from 'esm';
        import { kind as dual } from 'dual';
        import { kind as main } from 'mains';
        import { kind as onlyRequired } from 'only-required';
        import rates from './rates.json';
        import { extensionless, Colour } from './extensionless';
        import { folder } from './folder';
        import { byJs } from './by-js.js';
        import { aliased } from '@app/aliased';
        import { based } from 'src/based';
        import { Order } from './order';
        import './register';
        import { sourced } from 'sourced';
        import { nested, ownDirname, ownRequire } from './nested/deep';
        import legacy = require('./legacy');
        import equalled from './equalled';
        const required = require('./legacy');
        const os = require('os');
        enum Size { Small = 'small', Large = 'large' }
        namespace Text { export const shout = (text: string): string => text.toUpperCase(); }
        const awaited = await Promise.resolve('awaited');
        ${telling(`{ ${Object.entries(facts).map(([name, [fact]]) => `${JSON.stringify(name)}: ${fact}`)} }`)}`,
      'src/rates.json': '{ "eur": 1.1 }',
      'src/extensionless.ts': `export const extensionless = 'extensionless'; export const enum Colour { Red = 7 }`,
      'src/folder/index.ts': `export const folder = 'folder';`,
      'src/by-js.ts': `export const byJs: string = 'by .js';`,
      'src/app/aliased.ts': `export const aliased = 'aliased';`,
      'src/based.ts': `export const based = 'based';`,
      'src/register.ts': `Object.assign(globalThis, { registered: 'registered' });`,
      'src/lazy.ts': `export const lazy = 'lazy';`,
      'src/legacy.ts': `exports.value = 'legacy';`,
      'src/equalled.ts': `const equalled = () => 'equalled'; export = equalled;`,
      'src/namesake.ts': `export class Order {}`,
      'src/order.ts': `
        import { Order as Namesake } from './namesake';
        const labelled = (_: object, key: string, descriptor: PropertyDescriptor) => {
          descriptor.value = () => key + ' is decorated';
        };
        export class Order {
          constructor(readonly id: string) {}
          namesake() { return [this.constructor.name, Namesake.name]; }
          @labelled label() { return 'plain'; }
        }`,
      'src/nested/deep.ts': `
        import { createRequire } from 'node:module';
        export const nested = {
          directory: __dirname,
          file: __filename,
          url: import.meta.url,
          resolved: [import.meta.resolve('./other.ts'), import.meta.resolve('cjs')],
          requireResolved: require.resolve('./deep.ts'),
        };
        export { ownDirname, ownRequire } from './own-names';`,
      'src/nested/own-names.ts': `
        import { createRequire } from 'node:module';
        import { dirname } from 'node:path';
        import { fileURLToPath } from 'node:url';
        const __dirname = dirname(fileURLToPath(import.meta.url)) + '!';
        const require = createRequire(import.meta.url);
        export const ownDirname = __dirname;
        export const ownRequire = require('../rates.json').eur;`,
    });
    [values = {}] = told(await run(at('src/handler.ts')));
  });

  test.each(Object.entries(facts))('%s', (name, [, value]) => {
    expect(values[name]).toEqual(value());
  });
});

describe('TypeScript of a project with "type": "module"', () => {
  test('imports CommonJS as Node does', async () => {
    const at = await project({
      ...packages,
      'package.json': '{ "type": "module" }',
      'handler.ts': `
        import cjs from 'cjs';
        import babelled from 'babelled';
        import { named } from 'esm';
        enum Size { Large = 'large' }
        ${telling('[typeof cjs.group, Object.keys(babelled), named, Size.Large, typeof __dirname]')}`,
    });
    const [values] = told(await run(at('handler.ts')));
    expect(values).toEqual(['function', ['default'], 'esm', 'large', 'string']);
  });

  test('has no names that Node cannot see', async () => {
    const at = await project({
      ...packages,
      'package.json': '{ "type": "module" }',
      'handler.ts': `import { group } from 'cjs'; ${telling('group()')}`,
    });
    await expect(run(at('handler.ts'))).rejects.toThrow(
      /does not provide an export named 'group'|Named export 'group'/,
    );
  });
});

test.each([
  ['handler.mts', `import { value } from './value.mjs'; enum Size { Large = 1 } ${telling('value + Size.Large')}`],
  [
    'handler.cts',
    `import value = require('./value.mts'); enum Size { Large = 1 }
     exports.handler = async () => { throw new Error(JSON.stringify(value.value + Size.Large)); };`,
  ],
  [
    'handler.tsx',
    `const h = (tag: string) => tag; /* @jsx h */ enum Size { Large = 1 } import { value } from './value.mts';
     ${telling('value + Size.Large')}`,
  ],
])('%s is TypeScript, too', async (name, text) => {
  const at = await project({ 'package.json': '{}', [name]: text, 'value.mts': 'export const value: number = 41;' });
  expect(told(await run(at(name)))).toEqual([42]);
});

test('a workspace package outside node_modules is compiled as its own files are', async () => {
  const at = await project({
    'package.json': '{}',
    'packages/shop/package.json': '{ "name": "shop", "main": "src/index.ts" }',
    'packages/shop/src/index.ts': `import { price } from './price'; export enum Kind { Book = 'book' } export { price };`,
    'packages/shop/src/price.ts': 'export const price: number = 3;',
    'functions/orders/handler.ts': `import { Kind, price } from 'shop'; ${telling('[Kind.Book, price]')}`,
  });
  await mkdir(at('node_modules'));
  await symlink('../packages/shop', at('node_modules/shop'));
  expect(told(await run(at('functions/orders/handler.ts')))).toEqual([['book', 3]]);
});
