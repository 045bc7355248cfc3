import { expect, test } from '@jest/globals';
import { matchers } from './matchers.ts';
import { simulate } from './simulate.ts';
import './jest.ts';

const handler = new URL('./orders.fixture.ts', import.meta.url);
const records = [{ put: { partitionKey: 'a', data: '{}' } }];

test('expect has every matcher once the entry for Jest is imported', async () => {
  const simulation = await simulate({ handler, records, sampleMs: 1_000 });
  expect(simulation).toLoseNothing();
  expect(simulation).toKeepMoving(60_000);
  expect(() => expect(simulation).not.toLoseNothing()).toThrow();
  const has = expect(undefined) as unknown as Readonly<Record<string, unknown>>;
  expect(Object.keys(matchers).filter((name) => typeof has[name] !== 'function')).toEqual([]);
});

// @ts-expect-error A bound is a number.
void (() => expect(undefined).toKeepMoving('a minute'));
