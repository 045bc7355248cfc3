import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { drain } from '../kit/mapping.ts';
import { kplUnit, numberOf, textOf } from '../kit/stream.ts';
import { unitFunction } from '../kit/unit-function.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe.each(['eachRecord', 'wholeBatch', 'wholeBatch, every', 'splitOnError'] as const)('%s', (kind) => {
  test('loses no member and quarantines each that never succeeds, over any cuts of the units', async () => {
    const members = fc.record({
      content: fc.integer({ min: 0, max: 3 }),
      failures: fc.constantFrom(0, 0, 0, 1, Infinity),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(members, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 3 }),
        async (units, batchSize, attempts) => {
          const { lambda, guarded, textsQuarantined } = unitFunction(attempts);
          const failures = new Map<string, number>();
          const records = units.flatMap((contents, n) => {
            for (const { content, failures: count } of contents) failures.set(`${n}/${content}`, count);
            return kplUnit(String(n + 1), ...contents.map(({ content }) => `${n}/${content}`));
          });
          const starts = new Map<string, number>();
          const done: string[] = [];
          const works = (record: KinesisStreamRecord): boolean => {
            const text = textOf(record);
            starts.set(text, (starts.get(text) ?? 0) + 1);
            return starts.get(text)! > failures.get(text)!;
          };
          const handlers = {
            eachRecord: () =>
              eachRecord((record) => {
                if (!works(record)) throw new Error('no');
                done.push(textOf(record));
              }),
            wholeBatch: () =>
              wholeBatch(({ Records }: KinesisStreamEvent) => {
                for (const record of Records) {
                  if (!works(record)) return { batchItemFailures: [{ itemIdentifier: numberOf(record) }] };
                  done.push(textOf(record));
                }
                return { batchItemFailures: [] };
              }),
            'wholeBatch, every': () =>
              wholeBatch(
                ({ Records }: KinesisStreamEvent) => {
                  const bad = Records.filter((record) => {
                    const well = works(record);
                    if (well) done.push(textOf(record));
                    return !well;
                  });
                  return { batchItemFailures: bad.map((record) => ({ itemIdentifier: numberOf(record) })) };
                },
                { reports: 'every' },
              ),
            splitOnError: () =>
              splitOnError(({ Records }: KinesisStreamEvent) => {
                const well = Records.map(works);
                if (well.includes(false)) throw new Error('no');
                done.push(...Records.map(textOf));
              }),
          };
          const chain = guarded().handler(handlers[kind]());
          const deliveries = await drain(lambda, chain, records, numberOf, { maxDeliveries: 200, batchSize });
          expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
          const quarantined = textsQuarantined();
          for (const text of new Set(records.map(textOf))) {
            const copies = records.filter((record) => textOf(record) === text).length;
            const count = (texts: readonly string[]) => texts.filter((each) => each === text).length;
            expect(count(done) + count(quarantined)).toBeGreaterThanOrEqual(copies);
            if (failures.get(text) === Infinity) expect(count(quarantined)).toBeGreaterThanOrEqual(copies);
          }
          for (const { ending } of deliveries.filter(({ ending: each }) => each.kind === 'answered'))
            expect(new Set(reportedIn(ending)).size).toBe(reportedIn(ending).length);
          expect(lambda.timers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
