import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { OutageError, PermanentError } from '../../src/base/errors.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { failingThenable, likePromise, withOwnThen } from '../kit/thenable.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const hostile = new Proxy(new Error('hidden'), {
  get() {
    throw new Error('trap');
  },
  has() {
    throw new Error('trap');
  },
  getPrototypeOf() {
    throw new Error('trap');
  },
});

const throwing = Object.defineProperties(new Error('own'), {
  name: {
    get() {
      throw new Error('name');
    },
  },
  message: {
    get() {
      throw new Error('message');
    },
  },
  stack: {
    get() {
      throw new Error('stack');
    },
  },
});

const cyclic = new Error('cyclic');
cyclic.cause = cyclic;

describe.each<readonly [string, unknown]>([
  ['an Error', new Error('ordinary')],
  ['null', null],
  ['undefined', undefined],
  ['a string', 'text'],
  ['an empty string', ''],
  ['a number', 42],
  ['a symbol', Symbol('thrown')],
  ['a BigInt', 12n],
  ['a function', () => {}],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['a proxy that throws', hostile],
  ['an error with throwing getters', throwing],
  ['an error that is its own cause', cyclic],
  ['an error of another realm', runInNewContext('new TypeError("elsewhere")')],
  ['an object without a prototype', Object.create(null)],
])('a handler that throws %s', (_name, thrown) => {
  test.each([
    [
      'at once',
      () => {
        throw thrown;
      },
    ],
    ['later', () => Promise.reject(thrown)],
  ])('%s has its record charged, and quarantined after N, and no other', async (_when, fail) => {
    const fn = new GuardedFunction(({ kinesis }) => (kinesis.sequenceNumber === 'b' ? fail() : undefined));
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    expect(reportedIn(await fn.deliver('b', 'c'))).toEqual([]);
    expect(fn.sink.stored.map(({ reason, attempts }) => [reason, attempts.failed])).toEqual([
      ['attempts-exhausted', 2],
    ]);
    expect(() => JSON.stringify(fn.sink.stored)).not.toThrow();
  });
});

describe.each<readonly [string, () => unknown]>([
  ['answers at once', () => 'anything'],
  ['answers null', () => null],
  ['answers with a promise', async () => ({ batchItemFailures: [{ itemIdentifier: 'a' }] })],
  ['answers with a promise of another realm', () => runInNewContext('Promise.resolve(1)')],
  ['answers with a thenable', () => likePromise(Promise.resolve(1))],
  ['answers with a frozen object', () => Object.freeze({})],
])('a handler that %s', (_name, answer) => {
  test('has succeeded', async () => {
    const fn = new GuardedFunction(answer);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  });
});

describe.each<readonly [string, () => unknown]>([
  ['rejects with a promise of another realm', () => runInNewContext('Promise.reject(new Error("elsewhere"))')],
  ['answers with a thenable that rejects', () => likePromise(Promise.reject(new Error('no')))],
  ['answers with a thenable that throws', () => failingThenable('called')],
  ['answers with a `then` that cannot be read', () => failingThenable('read')],
  ['rejects behind a `then` that calls back at once', () => withOwnThen(Promise.reject(new Error('no')))],
])('a handler that %s', (_name, answer) => {
  test('has failed', async () => {
    const fn = new GuardedFunction(answer);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a', 'b']);
  });
});

test('a promise whose `then` calls back twice ends its own record, and not the one that its slot goes on with', async () => {
  const fn: GuardedFunction = new GuardedFunction(({ kinesis }) => {
    if (kinesis.sequenceNumber === 'a1') return withOwnThen(Promise.resolve());
    return fn.lambda.clock.sleep(10).then(() => Promise.reject(new Error('poison')));
  });
  expect(reportedIn(await fn.deliver('a1', 'a2'))).toEqual(['a2']);
});

test('a handler that patches promises, until its own has settled, has succeeded', async () => {
  const { resolve, prototype } = Promise;
  const { then } = prototype;
  const fn: GuardedFunction = new GuardedFunction(async ({ kinesis }) => {
    if (kinesis.sequenceNumber === 'a1') return fn.lambda.clock.sleep(10);
    const broken = (): never => {
      throw new Error('patched');
    };
    Promise.resolve = broken;
    Object.defineProperty(prototype, 'then', { value: broken });
    queueMicrotask(() => {
      Promise.resolve = resolve;
      Object.defineProperty(prototype, 'then', { value: then });
    });
  });
  expect(reportedIn(await fn.deliver('a1', 'a2'))).toEqual([]);
  expect(fn.starts).toEqual(['a1', 'a2']);
});

test('PermanentError quarantines at once, with reason permanent, also from another copy of the package', async () => {
  const elsewhere = Object.assign(new Error('copy'), { [Symbol.for('undam.error')]: 'permanent' });
  for (const error of [new PermanentError('never'), elsewhere]) {
    const fn = new GuardedFunction(() => Promise.reject(error), { quarantine: { attempts: 5 } });
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(fn.sink.stored.map(({ reason, stage }) => [reason, stage])).toEqual([['permanent', 'handler']]);
  }
});

test('OutageError leaves the record unresolved and uncharged, for as long as it is thrown', async () => {
  const fn = new GuardedFunction(({ kinesis }, { attempt }) => {
    expect(attempt).toBe(1);
    if (kinesis.sequenceNumber === 'a1') throw new OutageError('down');
  });
  for (let delivery = 0; delivery < 5; delivery++) {
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1'))).toEqual(['a1', 'a2']);
  }
  expect(fn.sink.stored).toEqual([]);
  expect(fn.starts).toEqual(['a1', 'b1', 'a1', 'a1', 'a1', 'a1']);
});

test('isPermanent decides for any error; one that throws, or answers with a promise that rejects, says nothing', async () => {
  const rules: [(error: unknown) => unknown, string[]][] = [
    [(error) => (error as Error).message === 'bad', ['permanent']],
    [() => false, []],
    [
      () => {
        throw new Error('rule');
      },
      [],
    ],
    [() => Promise.reject(new Error('rule')), []],
  ];
  for (const [isPermanent, reasons] of rules) {
    const fn = new GuardedFunction(() => Promise.reject(new Error('bad')), {
      quarantine: { isPermanent: isPermanent as (error: unknown) => boolean },
    });
    await fn.deliver('a');
    expect(fn.sink.stored.map(({ reason }) => reason)).toEqual(reasons);
  }
});
