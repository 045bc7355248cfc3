import { runInNewContext, runInThisContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UndamError } from '../base/errors.ts';
import { placeOf } from './error-place.ts';

/** Compiles code as a file of the user, and runs it. */
function run(filename: string, code: string): unknown {
  return runInThisContext(code, { filename });
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('expected a throw');
}

/** An error with the stack that it would have elsewhere. */
function withStack(message: string, ...frames: readonly string[]): Error {
  const stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return Object.assign(new Error(message), { stack });
}

const handlerFile = '/var/task/handler.js';
const thrower = run(handlerFile, '\nfunction book(call) { return call(); }\nbook') as (call: () => unknown) => unknown;

describe('the place of an error', () => {
  test('is the function, file, line and column that made it', () => {
    const book = run(handlerFile, '(function book(order) {\n  return order.lines[0];\n})') as (
      order: object,
    ) => unknown;
    expect(placeOf(thrownBy(() => book({})))).toBe('book (/var/task/handler.js:2:21)');
  });

  test('is the caller of code that is built in, or in node_modules', () => {
    const library = run('/var/task/node_modules/orders/index.js', '(text) => { throw new Error(text) }');
    for (const call of [() => JSON.parse('{'), () => Buffer.alloc(-1), () => (library as (text: string) => never)('x')])
      expect(placeOf(thrownBy(() => thrower(call)))).toBe('book (/var/task/handler.js:2:30)');
  });

  test('is not in this package', () => {
    const error = new UndamError('bad-event', 'made here');
    expect(error.stack).toContain('error-place.test.ts');
    expect(placeOf(error)).toBeUndefined();
    expect(placeOf(thrownBy(() => thrower(() => Reflect.get(null as never, 'x'))))).toBe(
      'book (/var/task/handler.js:2:30)',
    );
  });

  test.each([
    ['an async function', 'async book (file:///var/task/index.mjs:3:9)', 'book (/var/task/index.mjs:3:9)'],
    ['module code', 'file:///var/task/index.mjs:3:9', '/var/task/index.mjs:3:9'],
    ['a constructor', 'new Order (/var/task/order.js:3:9)', 'new Order (/var/task/order.js:3:9)'],
    ['a method', 'Orders.#book (/var/task/a.js:3:9)', 'Orders.#book (/var/task/a.js:3:9)'],
    ['an aliased method', 'Orders.book [as put] (/var/task/a.js:3:9)', 'Orders.book [as put] (/var/task/a.js:3:9)'],
    ['a file of a layer', 'book (/opt/nodejs/book.js:3:9)', 'book (/opt/nodejs/book.js:3:9)'],
    ['a folder with brackets', 'book (/my app/(shop)/a.js:3:9)', 'book (/my app/(shop)/a.js:3:9)'],
    ['a source of webpack', 'book (webpack://shop/./src/a.ts:3:9)', 'book (webpack://shop/./src/a.ts:3:9)'],
    ['Windows', 'book (C:\\shop\\a.js:3:9)', 'book (C:\\shop\\a.js:3:9)'],
    ['a function that data gave its name', 'Object.card 4111 (/var/task/a.js:3:9)', '/var/task/a.js:3:9'],
  ])('as %s has it', (_what, frame, place) => {
    expect(placeOf(withStack('no', 'JSON.parse (<anonymous>)', frame, 'main (/var/task/main.js:1:1)'))).toBe(place);
  });

  test.each([
    ['Node', 'readFile (node:internal/fs/promises:637:25)'],
    ['a pnpm store', 'parse (/var/task/node_modules/.pnpm/zod@4/node_modules/zod/index.js:1:1)'],
    ['a package on Windows', 'parse (C:\\shop\\node_modules\\zod\\index.js:1:1)'],
    ["Lambda's runtime", 'Runtime.handleOnce (file:///var/runtime/index.mjs:1173:29)'],
    ['evaluated code', 'eval (eval at book (/var/task/a.js:3:9), <anonymous>:1:1)'],
    ['a list of promises', 'async Promise.all (index 0)'],
  ])('is none in %s', (_where, frame) => {
    expect(placeOf(withStack('no', frame))).toBeUndefined();
  });

  test('is bounded', () => {
    const long = placeOf(withStack('no', `book (/var/task/${'deep/'.repeat(1_000)}a.js:3:9)`));
    expect(long).toMatch(/^book \(….{300}\)$/);
    expect(long).toContain('/a.js:3:9)');
    const many = Array.from({ length: 100_000 }, () => 'read (node:fs:1:1)');
    expect(placeOf(withStack('no', ...many, 'book (/var/task/a.js:3:9)'))).toBeUndefined();
  });
});

describe('nothing of a message is taken for a place', () => {
  const frame = '\n    at card (/4111:1:1)';

  test('also with lines like those of a stack', () => {
    const made = thrownBy(() =>
      thrower(() => {
        throw new Error(`no${frame}`);
      }),
    );
    expect(placeOf(made)).toBe('book (/var/task/handler.js:2:30)');
    expect(placeOf(withStack(`no${frame}`, 'book (/var/task/a.js:3:9)'))).toBe('book (/var/task/a.js:3:9)');
  });

  test.each(['redacted', ''])('nor after a change to %j', (message) => {
    const error = Object.assign(withStack(`no${frame}`, 'book (/var/task/a.js:3:9)'), { message });
    expect(placeOf(error)).toBeUndefined();
  });

  test('nor of a payload that was thrown', () => {
    expect(placeOf({ name: 'Error', message: '', stack: `Error${frame}` })).toBeUndefined();
    expect(placeOf(`Error: no${frame}`)).toBeUndefined();
  });

  test('an empty one has a place', () => {
    expect(placeOf(withStack('', 'book (/var/task/a.js:3:9)'))).toBeUndefined();
    const error = new Error('');
    error.stack = 'Error\n    at book (/var/task/a.js:3:9)';
    expect(placeOf(error)).toBe('book (/var/task/a.js:3:9)');
  });
});

describe('any thrown value', () => {
  const boom = (): never => {
    throw new Error('read');
  };

  test('the place is a string or none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (name, message, stack) => {
        const place = placeOf(Object.defineProperties(new Error('x'), valuesOf({ name, message, stack })));
        expect(['string', 'undefined']).toContain(typeof place);
      }),
    );
    fc.assert(fc.property(fc.anything(), (thrown) => expect(placeOf(thrown)).toBeUndefined()));
  });

  test.each<readonly [string, unknown]>([
    ['a getter that throws', Object.defineProperty(new Error('x'), 'stack', { get: boom })],
    ['a proxy that throws', new Proxy(new Error('x'), { get: boom, getPrototypeOf: boom })],
    ['a revoked proxy', revoked()],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined })],
    ['an error whose stack is a list of frames', Object.assign(new Error('x'), { stack: [{}] })],
    ['an object without a prototype', Object.create(null)],
  ])('%s has no place', (_what, thrown) => {
    expect(placeOf(thrown)).toBeUndefined();
  });

  test('an error of another realm has one', () => {
    const code = '(function book() { throw new Error("x") })';
    const book = runInNewContext(code, {}, { filename: handlerFile }) as () => never;
    expect(placeOf(thrownBy(book))).toBe('book (/var/task/handler.js:1:26)');
  });
});

function valuesOf(values: Record<string, unknown>): PropertyDescriptorMap {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
