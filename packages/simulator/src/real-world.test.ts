import { beforeAll, describe, expect, test } from '@jest/globals';
import { allowed, refused } from './real-world.fixture.ts';
import { simulate } from './simulate.ts';
import { RealWorldError } from './virtual/real-world-error.ts';

const handler = new URL('./real-world.fixture.ts', import.meta.url);
const named = (name: string) => ({ put: { partitionKey: 'key', data: name } });

/** What became of each allowed case, in a simulation with one record for each. */
async function outcomes(seed: number): Promise<ReadonlyMap<string, string>> {
  const names = Object.keys(allowed);
  const { invocations } = await simulate({
    handler,
    loader: 'node',
    seed,
    records: names.map(named),
    mapping: { BatchSize: 1, MaximumRetryAttempts: 0 },
  });
  expect(invocations).toHaveLength(names.length);
  return new Map(invocations.map(({ error }, index) => [names[index]!, `${error?.name}: ${error?.message}`]));
}

describe('a handler that reaches for something real ends the run, which names the call and the line', () => {
  test.each(Object.keys(refused))('%s', async (name) => {
    const [call] = name.split(' by ');
    const error = await simulate({ handler, loader: 'node', records: [named(name)] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RealWorldError);
    expect(error).toMatchObject({ call, message: expect.stringContaining(`${call} reaches outside the simulation`) });
    // Node itself opens the file of a stream, a turn later.
    if (name !== 'fs.open()') expect((error as Error).stack).toContain('real-world.fixture.ts');
  });

  test('also where it makes nothing of the error', async () => {
    const run = simulate({ handler, exportName: 'careless', records: [named('any')] });
    await expect(run).rejects.toMatchObject({ name: 'RealWorldError', call: 'globalThis.fetch()' });
  });

  test('also where it does so while it is imported', async () => {
    const importing = new URL('./fixtures/fetches-at-import.ts', import.meta.url);
    const run = simulate({ handler: importing, records: [named('any')] });
    await expect(run).rejects.toMatchObject({ name: 'RealWorldError', call: 'globalThis.fetch()' });
  });

  test('but not what is left of a process that has ended', async () => {
    const { records } = await simulate({ handler, exportName: 'diesAndFetches', records: [named('any')] });
    expect(records.map(({ fate }) => fate)).toEqual(['processed']);
  });
});

let first: ReadonlyMap<string, string>;
let second: ReadonlyMap<string, string>;
let other: ReadonlyMap<string, string>;

beforeAll(async () => {
  first = await outcomes(1);
  second = await outcomes(1);
  other = await outcomes(2);
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
