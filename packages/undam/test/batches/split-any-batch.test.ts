import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { drain } from '../kit/mapping.ts';
import { SplitFunction } from '../kit/split-function.ts';
import { kinesisRecord, numberOf } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

/** What becomes of each record: how often it fails before it is well; for ever, if never. */
const scripts = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, Infinity), { minLength: 1, maxLength: 20 });

describe('for any batch and any failing subset', () => {
  test('each record is done or quarantined in the end, none is charged for another, and no response omits an unresolved one', async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('key' as const, 'shard' as const, 'none' as const),
        fc.boolean(),
        async (failures, attempts, order, isInPlace) => {
          const aloneStarts = new Map<string, number>();
          const done: string[] = [];
          // A record fails with others as long as it would fail alone.
          const isBad = (number: string): boolean => (aloneStarts.get(number) ?? 0) < failures[Number(number)]!;
          const fn = new SplitFunction(
            (numbers) => {
              const bad = numbers.filter(isBad);
              if (numbers.length === 1) aloneStarts.set(numbers[0]!, (aloneStarts.get(numbers[0]!) ?? 0) + 1);
              if (bad.length > 0) throw new Error(bad.join(' '));
              done.push(...numbers);
            },
            { attempts, order, retry: isInPlace ? { baseMs: 1, capMs: 5 } : 'redelivery' },
          );
          const records = failures.map((_, n) => kinesisRecord(String(n), { key: String(n % 3) }));
          const deliveries = await drain(fn.lambda, fn.chain, records, numberOf);

          expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
          expect([...done, ...fn.sink.numbers].sort()).toEqual(records.map(numberOf).sort());
          for (const number of fn.charged) expect(failures[Number(number)]).toBeGreaterThan(0);
          for (const { attempts: made } of fn.sink.stored) expect(made.failed).toBe(attempts);
          for (const { batch, ending } of deliveries) {
            for (const number of batch.filter((each) => !reportedIn(ending).includes(each)))
              expect(done.includes(number) || fn.sink.numbers.includes(number)).toBe(true);
          }
          expect(fn.lambda.timers).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('one invocation: reported, quarantined and done is exactly the batch, disjoint, in 2·ceil(log2 n) + 1 calls a bad record', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 40, maxLength: 40 }),
        fc.constantFrom('key' as const, 'shard' as const, 'none' as const),
        fc.integer({ min: 1, max: 2 }),
        async (bad, keys, order, attempts) => {
          const done: string[] = [];
          const fn = new SplitFunction(
            (numbers) => {
              if (numbers.some((number) => bad[Number(number)])) throw new Error('names nobody');
              done.push(...numbers);
            },
            { order, attempts },
          );
          const Records = bad.map((_, n) => kinesisRecord(String(n), { key: String(keys[n]) }));
          const ending = await fn.lambda.invoke(fn.chain, { Records });
          const ends = [...done, ...fn.sink.numbers, ...reportedIn(ending)];
          expect(ends.sort()).toEqual(Records.map(numberOf).sort());
          const badCount = bad.filter(Boolean).length;
          const most = Math.max(1, badCount * (2 * Math.ceil(Math.log2(bad.length)) + 1));
          expect(fn.calls.length).toBeLessThanOrEqual(most);
          for (const number of fn.charged) expect(bad[Number(number)]).toBe(true);
          if (order !== 'none') {
            const unresolved = new Set(reportedIn(ending));
            const place = new Map(done.map((number, at) => [number, at]));
            for (const [n, record] of Records.entries()) {
              const later = Records.slice(n + 1).filter(
                (other) => order === 'shard' || laneOf(other) === laneOf(record),
              );
              for (const other of later) {
                const at = place.get(numberOf(other));
                if (unresolved.has(numberOf(record))) expect(at).toBeUndefined();
                if (at !== undefined && place.has(numberOf(record)))
                  expect(at).toBeGreaterThan(place.get(numberOf(record))!);
              }
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

function laneOf({ kinesis }: KinesisStreamRecord): string {
  return kinesis.partitionKey;
}
