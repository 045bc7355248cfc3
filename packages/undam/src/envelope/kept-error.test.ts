import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anEnvelope } from '../../test/kit/envelope.ts';
import { decodeEnvelope } from './decode.ts';
import { encodeEnvelope } from './encode.ts';
import type { KeptError } from './envelope.ts';
import { keepError } from './kept-error.ts';

test('an error keeps its name, message, stack and causes', () => {
  const error = new TypeError('outer', { cause: new RangeError('inner') });
  expect(keepError(error)).toStrictEqual({
    name: 'TypeError',
    message: 'outer',
    stack: error.stack,
    cause: { name: 'RangeError', message: 'inner', stack: (error.cause as Error).stack },
  });
});

test('every part is cut to its bound', () => {
  const error = new Error('m'.repeat(9_000));
  error.name = 'N'.repeat(9_000);
  const kept = keepError(error);
  expect([kept.name.length, kept.message.length]).toEqual([128, 1_024]);
  error.stack = 's'.repeat(9_000);
  expect(keepError(error).stack).toBe('s'.repeat(4_096));
});

test('a long message does not push the frames out of the stack', () => {
  expect(keepError(new Error('m'.repeat(9_000))).stack).toMatch(/^ {4}at /);
});

test('at most 5 causes are kept', () => {
  let error = new Error('innermost');
  for (let depth = 0; depth < 20; depth++) error = new Error(`level ${depth}`, { cause: error });
  expect(depthOf(keepError(error))).toBe(5);
});

test('a circular chain of causes ends at its first repeat', () => {
  const first = new Error('first');
  first.cause = new Error('second', { cause: first });
  expect(keepError(first)).toMatchObject({ message: 'first', cause: { message: 'second' } });
  expect(depthOf(keepError(first))).toBe(1);
});

test('an AggregateError keeps its first error as cause', () => {
  const kept = keepError(new AggregateError([new RangeError('one'), new Error('two')], 'several'));
  expect(kept).toMatchObject({
    name: 'AggregateError',
    message: 'several',
    cause: { name: 'RangeError', message: 'one' },
  });
});

test.each<[string, unknown, string]>([
  ['a symbol', Symbol('DatabaseFailure'), 'DatabaseFailure'],
  ['a symbol without description', Symbol(), 'Error'],
  ['an empty text', '', 'Error'],
  ['a number', 7, 'Error'],
  ['undefined', undefined, 'Error'],
])('an error whose name is %s is an error', (_title, name, kept) => {
  const error = Object.defineProperty(new TypeError('message'), 'name', { value: name });
  expect(keepError(error)).toMatchObject({ name: kept, message: 'message' });
  const ofAnotherRealm = runInNewContext('new Error("message")');
  expect(keepError(Object.defineProperty(ofAnotherRealm, 'name', { value: name }))).toMatchObject({ name: kept });
});

test('an error whose name cannot be read is an error', () => {
  const thrower = {
    get: () => {
      throw new Error('getter');
    },
  };
  expect(keepError(Object.defineProperty(new Error('message'), 'name', thrower))).toMatchObject({ name: 'Error' });
});

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostileProxy = new Proxy(
  {},
  {
    get: () => {
      throw new Error('trap');
    },
    getPrototypeOf: () => {
      throw new Error('trap');
    },
  },
);
const throwingGetters = {
  get name(): string {
    throw new Error('getter');
  },
  get message(): string {
    throw hostileProxy;
  },
  get cause(): unknown {
    throw new Error('getter');
  },
};

test.each<[string, unknown, KeptError]>([
  ['null', null, { name: 'NonError', message: 'null' }],
  ['undefined', undefined, { name: 'NonError', message: 'undefined' }],
  ['a string', 'boom', { name: 'NonError', message: 'boom' }],
  ['a symbol', Symbol('boom'), { name: 'NonError', message: 'Symbol(boom)' }],
  ['a function', () => 1, { name: 'NonError', message: 'a function' }],
  ['a plain object', { code: 1 }, { name: 'NonError', message: 'an object without a message' }],
  ['an object without prototype', Object.create(null), { name: 'NonError', message: 'an object without a message' }],
  ['an error-like object', { name: 'E', message: 'm' }, { name: 'E', message: 'm' }],
  ['a frozen object', Object.freeze({ name: 'E', message: 'm' }), { name: 'E', message: 'm' }],
  [
    'fields of the wrong type',
    { name: 1, message: {}, stack: [] },
    { name: 'NonError', message: 'an object without a message' },
  ],
  ['getters that throw', throwingGetters, { name: 'NonError', message: 'an object without a message' }],
  ['a proxy that throws', hostileProxy, { name: 'NonError', message: 'an object without a message' }],
  ['a revoked proxy', revoked.proxy, { name: 'NonError', message: 'an object without a message' }],
])('%s becomes a kept error', (_title, thrown, kept) => {
  expect(keepError(thrown)).toStrictEqual(kept);
});

test('a revoked proxy as list of errors or as cause does no harm', () => {
  expect(keepError({ message: 'm', errors: revoked.proxy })).toStrictEqual({ name: 'NonError', message: 'm' });
  expect(keepError({ message: 'm', cause: revoked.proxy }).cause).toMatchObject({ name: 'NonError' });
});

test('any thrown value is kept within the bounds and survives the envelope', () => {
  const fields = fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true });
  const thrown = fc.oneof(
    fields,
    fc.record({ name: fields, message: fields, stack: fields, cause: fields, errors: fields }, { requiredKeys: [] }),
    fc.tuple(fc.string({ unit: 'binary', size: 'large' }), fields).map(([text, cause]) => new Error(text, { cause })),
  );
  fc.assert(
    fc.property(thrown, (value) => {
      const error = keepError(value);
      for (let each: KeptError | undefined = error; each; each = each.cause) {
        expect(each.name.length).toBeLessThanOrEqual(128);
        expect(each.message.length).toBeLessThanOrEqual(1_024);
        expect(each.stack?.length ?? 0).toBeLessThanOrEqual(4_096);
      }
      expect(decodeEnvelope(encodeEnvelope(anEnvelope(1, { error }))).error).toStrictEqual(error);
    }),
    { numRuns: 500 },
  );
});

function depthOf(error: KeptError): number {
  return error.cause === undefined ? 0 : 1 + depthOf(error.cause);
}
