import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { isThrown, stackOf, wordsOf } from './thrown.ts';

test('an error of another realm is an error', () => {
  const error: unknown = runInNewContext("new TypeError('elsewhere')");
  expect(wordsOf(error)).toEqual({ name: 'TypeError', message: 'elsewhere' });
  expect(stackOf(error)).toContain('TypeError: elsewhere');
});

test('of a huge text the beginning is kept, and how much there is more', () => {
  const { message } = wordsOf(new Error('x'.repeat(70_000)));
  expect(message).toBe(`${'x'.repeat(65_536)}… and 4464 characters`);
});

test('a proxy is of no class that it cannot be asked for', () => {
  const refuse = (): never => {
    throw new Error('asked');
  };
  expect(isThrown(new Proxy({}, { getPrototypeOf: refuse }), Error)).toBe(false);
  expect(isThrown(new TypeError(), Error)).toBe(true);
});
