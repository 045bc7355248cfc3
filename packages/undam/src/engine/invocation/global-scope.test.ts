import { afterEach, describe, expect, test } from '@jest/globals';
import { GuardedFunction } from '../../../test/kit/guarded-function.ts';
import { kinesisEvent } from '../../../test/kit/stream.ts';
import { reportedIn } from '../../../test/kit/virtual-lambda.ts';

const platform = globalThis.AbortController;
const restored = { type: 'global-restored', global: 'AbortController' };

afterEach(() => {
  Object.defineProperty(globalThis, 'AbortController', { configurable: true, writable: true, value: platform });
});

class Broken {
  constructor() {
    throw new Error('broken');
  }
}

describe('a global AbortController', () => {
  test.each([
    ['that throws', Broken],
    ['that is no class', () => {}],
    ['that is missing', undefined],
  ])('%s is restored before the handler runs, with an event', async (_how, value) => {
    const fn = new GuardedFunction(() => {});
    Object.assign(globalThis, { AbortController: value });
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(globalThis.AbortController).toBe(platform);
    expect(fn.events).toContainEqual(restored);
    fn.events.length = 0;
    await fn.deliver('b');
    expect(fn.events.map(({ type }) => type)).toEqual(['invocation-ended']);
  });

  test('of a library that works stays in place', async () => {
    class Library extends platform {}
    const fn = new GuardedFunction(() => {});
    globalThis.AbortController = Library;
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(globalThis.AbortController).toBe(Library);
    expect(fn.events).not.toContainEqual(restored);
  });

  test('that cannot be restored fails the invocation with its own error, and charges no record', async () => {
    const fn = new GuardedFunction(() => {});
    Object.defineProperty(globalThis, 'AbortController', { configurable: true, writable: false, value: Broken });
    const ending = await fn.lambda.invoke(fn.chain, kinesisEvent('a'));
    expect(ending).toMatchObject({ kind: 'threw', error: { message: 'broken' } });
    expect(fn.events.map(({ type }) => type)).toEqual(['invocation-ended']);
  });
});
