import { describe, expect, test } from '@jest/globals';
import { LoadError, type Loaded, loadNames, once } from './load-once.ts';

class Client {}
class Command {}
interface Sdk {
  readonly Client: typeof Client;
  readonly Command: typeof Command;
}

const specifier = '@aws-sdk/client-sqs';
const load = (loader: () => Promise<Loaded<Sdk>>) => loadNames(specifier, ['Client', 'Command'], loader);
const failing = (error: unknown) => load(() => Promise.reject(error)).catch((reason: unknown) => reason);
const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe('names are read', () => {
  test.each<[string, Loaded<Sdk>]>([
    ['from the module', { Client, Command }],
    ['from its default export alone', { default: { Client, Command } }],
    ['from both', { Client, default: { Command } }],
  ])('%s', async (_title, loaded) => {
    expect(await load(async () => loaded)).toStrictEqual({ Client, Command });
  });

  test.each<[string, Loaded<Sdk>, string]>([
    ['nothing', {}, 'Client and Command'],
    ['one of them', { default: { Client } }, 'Command'],
    ['something else under the name', { Client, Command: 'Command' as never }, 'Command'],
  ])('and with %s, the message names the missing part', async (_title, loaded, missing) => {
    const error = await load(async () => loaded).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect(error).toMatchObject({
      problem: {
        what: `${specifier} was loaded without ${missing}, both by name and on its default export`,
        remedy: expect.stringContaining('external'),
      },
    });
  });
});

describe('a failure is shown with its own message and the remedy that fits', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'an ES module with CommonJS code in it (esbuild)',
      new Error('Dynamic require of "node:https" is not supported'),
      /createRequire\(import\.meta\.url\).*external/,
    ],
    [
      'the same of another bundler',
      new ReferenceError('require is not defined in ES module scope, you can use import instead'),
      /createRequire/,
    ],
    [
      'a chunk that was not deployed (ESM)',
      coded(
        "Cannot find module '/var/task/dist-cjs-XZX5Z7VN.mjs' imported from /var/task/handler.mjs",
        'ERR_MODULE_NOT_FOUND',
      ),
      /chunks beside the entry/,
    ],
    [
      'a chunk that was not deployed (CommonJS)',
      coded("Cannot find module './123.index.js'\nRequire stack:\n- /var/task/index.js", 'MODULE_NOT_FOUND'),
      /chunks beside the entry/,
    ],
    [
      'a chunk that was not deployed (webpack)',
      Object.assign(new Error('Loading chunk 123 failed.'), { name: 'ChunkLoadError', code: 'CHUNK_LOAD_FAILED' }),
      /chunks beside the entry/,
    ],
    [
      'a package that is not installed (ESM)',
      coded("Cannot find package '@aws-sdk/client-sqs' imported from /var/task/handler.mjs", 'ERR_MODULE_NOT_FOUND'),
      /^add @aws-sdk\/client-sqs to the function's dependencies/,
    ],
    [
      'a package that is not installed (CommonJS)',
      coded("Cannot find module '@aws-sdk/client-sqs'\nRequire stack:\n- /var/task/index.js", 'MODULE_NOT_FOUND'),
      /^add @aws-sdk\/client-sqs/,
    ],
    [
      'a package that is installed in part',
      coded(
        "Cannot find module '/var/task/node_modules/@smithy/core/dist-es/index.js' imported from …",
        'ERR_MODULE_NOT_FOUND',
      ),
      /^add @aws-sdk\/client-sqs/,
    ],
    ['anything else', new SyntaxError('Unexpected token'), /external/],
    ['nothing', undefined, /external/],
  ])('%s', async (_title, reason, remedy) => {
    const error = await failing(reason);
    const words = reason instanceof Error ? reason.message : 'no reason given';
    expect(error).toMatchObject({
      problem: { what: `${specifier} could not be loaded: ${words}`, remedy: expect.stringMatching(remedy) },
      cause: reason,
    });
  });

  test('a long message is shortened', async () => {
    const { message } = (await failing(new Error('x'.repeat(10_000)))) as Error;
    expect(message.length).toBeLessThan(600);
  });
});

test('once() makes it once, whether that succeeds or fails', async () => {
  let calls = 0;
  const good = once(async () => ++calls);
  expect([await good(), await good()]).toEqual([1, 1]);
  const bad = once(async () => {
    throw new Error(String(++calls));
  });
  await expect(bad()).rejects.toThrow('2');
  await expect(bad()).rejects.toThrow('2');
});
