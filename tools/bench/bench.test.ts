import { describe, expect, test } from '@jest/globals';
import {
  type BenchHandler,
  bareLanes,
  bareLoop,
  guardedProcessor,
  powertools,
  streamProcessor,
  undam,
  type Work,
} from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { benchOptions } from './options.ts';
import { parsers } from './parsing.ts';
import { interleave, median, ratioOf } from './rounds.ts';
import { table } from './table.ts';

const contenders: [string, (work: Work) => BenchHandler][] = [
  ['bare loop', bareLoop],
  ['bare lanes', bareLanes],
  ['Powertools sequential', (work) => powertools(work, false)],
  ['Powertools parallel', (work) => powertools(work, true)],
  ['Undam', (work) => undam(work)],
  ['StreamProcessor', (work) => streamProcessor(work, true)],
  ['StreamProcessor under the middlewares', guardedProcessor],
];

test.each(contenders)('%s does every record once and reports none', async (_name, handlerOf) => {
  const seen: string[] = [];
  const handler = handlerOf(async ({ kinesis }) => void seen.push(kinesis.sequenceNumber));
  const event = JSON.parse(kinesisEventJson(250, 7));
  expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(new Set(seen).size).toBe(250);
  expect(seen).toHaveLength(250);
});

test.each(Object.keys(parsers(async () => {})))('%s hands every order over once, parsed', async (name) => {
  const seen: string[] = [];
  const handler = parsers(async ({ orderId }) => void seen.push(orderId))[name]!;
  const event = JSON.parse(kinesisEventJson(250, 7));
  expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(new Set(seen).size).toBe(250);
  expect(seen).toHaveLength(250);
});

test('the event has rising sequence numbers of one length, so that they compare as text', () => {
  const records: { kinesis: { sequenceNumber: string } }[] = JSON.parse(kinesisEventJson(1_000, 10)).Records;
  const numbers = records.map(({ kinesis }) => kinesis.sequenceNumber);
  expect(numbers.toSorted()).toEqual(numbers);
  expect(new Set(numbers.map(({ length }) => length))).toEqual(new Set([56]));
});

test('interleave takes turns, and leaves the warm-up out', async () => {
  const turns: string[] = [];
  const sample = (name: string, ms: number) => async () => {
    turns.push(name);
    return ms;
  };
  expect(await interleave({ a: sample('a', 2), b: sample('b', 3) }, 2, 1)).toEqual({ a: [2, 2], b: [3, 3] });
  expect(turns.join('')).toBe('ababab');
});

test('a ratio is that of the round in the middle, whatever the slowest rounds were', () => {
  expect(ratioOf([2, 90, 4, 3, 3], [4, 4, 100, 4, 6])).toBe(0.5);
});

test('median is the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('the table groups a case and says which bounds were not kept', () => {
  const row = { contender: 'Undam', unit: 'ms' as const };
  const text = table([
    { ...row, case: 'one', value: 1, ratio: 0.4, bound: { of: 'ratio', atMost: 0.5, ok: true } },
    { ...row, case: 'two', value: 1_234.567, bound: { of: 'value', atMost: 1_000, ok: false } },
    { ...row, case: 'one', value: 2 },
  ]);
  expect(text.split('\n').map((line) => line.replace(/ {2,}/g, '|').trim())).toEqual([
    'case|contender|measured|ratio|bound|kept|note',
    '',
    'one|Undam|1 ms|0.400x|<= 0.5x|yes',
    'one|Undam|2 ms',
    '',
    'two|Undam|1,234.57 ms|<= 1,000|NO',
  ]);
});

describe('benchOptions', () => {
  const read = (...args: string[]) => benchOptions(args, ['io', 'memory']);

  test('reads what was given', () => {
    expect(read()).toEqual({ strict: false, help: false });
    expect(read('--json', 'a.json', '--only', 'io', '--rounds', '3', '--strict')).toEqual({
      json: 'a.json',
      only: 'io',
      rounds: 3,
      strict: true,
      help: false,
    });
  });

  test('refuses what it does not know, and says what it expected', () => {
    expect(() => read('--round', '3')).toThrow('--round');
    expect(() => read('stray')).toThrow('stray');
    expect(() => read('--only', 'cpu')).toThrow('--only: expected io, memory, got "cpu"');
    expect(() => read('--rounds', '0')).toThrow('--rounds: expected a whole number');
  });
});
