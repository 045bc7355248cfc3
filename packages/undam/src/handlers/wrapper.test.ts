import { expect, test } from '@jest/globals';
import { eachRecord } from './each-record.ts';
import { splitOnError } from './split-on-error.ts';
import { wholeBatch } from './whole-batch.ts';

type Wrapper = (handler: unknown, options: unknown) => unknown;

test.each<readonly [string, unknown]>([
  ['eachRecord', eachRecord],
  ['wholeBatch', wholeBatch],
  ['splitOnError', splitOnError],
])('%s() with its arguments swapped asks for a handler', (name, wrapper) => {
  const swapped = () => (wrapper as Wrapper)({ order: 'key' }, () => {});
  expect(swapped).toThrow(`${name}(): expected a handler, got an object`);
});
