import { beforeAll, describe, expect, test } from '@jest/globals';
import { allowed, refused } from './real-world.fixture.ts';
import { simulate } from './simulate.ts';

const names = [...Object.keys(refused), ...Object.keys(allowed)];

/** What became of each case, in a simulation with one record for each. */
async function outcomes(seed: number): Promise<ReadonlyMap<string, string>> {
  const { invocations } = await simulate({
    handler: new URL('./real-world.fixture.ts', import.meta.url),
    seed,
    records: names.map((name) => ({ put: { partitionKey: 'key', data: name } })),
    mapping: { BatchSize: 1, MaximumRetryAttempts: 0 },
  });
  expect(invocations).toHaveLength(names.length);
  return new Map(invocations.map(({ error }, index) => [names[index]!, `${error?.name}: ${error?.message}`]));
}

let first: ReadonlyMap<string, string>;
let second: ReadonlyMap<string, string>;
let other: ReadonlyMap<string, string>;

beforeAll(async () => {
  first = await outcomes(1);
  second = await outcomes(1);
  other = await outcomes(2);
});

describe('a handler that reaches for something real', () => {
  test.each(Object.keys(refused))('%s: is told so by name', (name) => {
    const [call] = name.split(' by ');
    expect(first.get(name)).toContain(`RealWorldError: ${call} reaches outside the simulation`);
  });
});

describe('a handler that asks for the time or for randomness', () => {
  test.each(Object.keys(allowed))('%s: gets the same in every run of a seed', (name) => {
    expect(first.get(name)).toMatch(/^Error: /);
    expect(second.get(name)).toBe(first.get(name));
  });

  test('randomness is of the seed', () => {
    expect(other.get('randomness')).not.toBe(first.get('randomness'));
  });

  test.each([
    ['clocks', '[5,5,5000000,[0,5000000]]'],
    ['time origin', '0'],
    ['marks', '[true,5]'],
    ['formats', '"1/1/2025"'],
    ['a loop that waits for the clock', '20'],
    ['timers', '["microtask","immediate",10,20,30,"tick","tick",45]'],
    ['aborts', '["AbortError","TimeoutError",50]'],
  ])('%s: %s', (name, value) => {
    expect(first.get(name)).toBe(`Error: ${value}`);
  });
});
