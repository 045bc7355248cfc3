import { describe, expect, test } from '@jest/globals';
import type { Envelope } from '../../src/envelope/index.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { SendResult } from '../../src/sinks/sink.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { markedHandler } from '../kit/marked-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const numbersTo = (count: number): string[] => [...Array(count).keys()].map(String);

/** The records that are marked as done. */
const markedDone = ({ marks }: MarkingLedger): string[] =>
  marks.flatMap((mark) => (mark.startsWith('done') ? mark.split(' ').slice(1) : []));

describe('marks', () => {
  test('without a death leave starts out and gather successes, and delay nothing that was learned', async () => {
    const numbers = [...Array(60).keys()].map((n) => `${String.fromCharCode(97 + (n % 26))}${n}`);
    const ledger = new MarkingLedger(false);
    const fn = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === numbers[30] ? Promise.reject(new Error('no')) : undefined),
      { ledger, concurrency: 1 },
    );
    await fn.deliver(...numbers);
    expect(ledger.marks.filter((mark) => mark.startsWith('started'))).toEqual([]);
    const before = ledger.marks.indexOf(`open ${numbers[30]}`);
    const marked = ledger.marks.slice(0, before).flatMap((mark) => mark.split(' ').slice(1));
    expect(marked).toEqual(numbers.slice(0, 30));
  });

  test.each([
    [1, 1, 23, 13],
    [10, 10, 32, 12],
    [40, 40, 76, 10],
    [1, 0, 256, 1],
    [10, 0, 256, 1],
  ])(
    'with %i at once, each %i ms long, leave at most %i of 300 that a death would run twice, in %i writes',
    async (concurrency, ms, atRisk, writesExpected) => {
      const numbers = numbersTo(300);
      const ledger = new MarkingLedger(false);
      const writes = () => ledger.marks.filter((mark) => mark.startsWith('done')).length;
      let started = 0;
      let most = 0;
      const fn = new GuardedFunction(
        async () => {
          most = Math.max(most, ++started - markedDone(ledger).length);
          if (ms > 0) await fn.lambda.clock.sleep(ms);
        },
        { ledger, concurrency },
      );
      await fn.deliver(...numbers);
      expect(started).toBe(300);
      expect(most).toBe(atRisk);
      expect(writes()).toBe(writesExpected);
    },
  );

  test('leave more than 32 at risk only if all of them were done within 5 ms before the last start', async () => {
    const numbers = numbersTo(120);
    const ledger = new MarkingLedger(false);
    const atRisk: number[] = [];
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        atRisk[n] = n + 1 - markedDone(ledger).length;
        if (n === 59 || n === 89) await fn.lambda.clock.sleep(n === 59 ? 4 : 6);
      },
      { ledger, concurrency: 1 },
    );
    await fn.deliver(...numbers);
    expect(atRisk[59]).toBe(60);
    expect(atRisk[60]).toBe(61);
    expect(atRisk[89]).toBe(90);
    // The records before it are marked while it runs.
    expect(atRisk[90]).toBe(2);
  });

  test('come 5 ms after a success also when nothing starts any more', async () => {
    const numbers = numbersTo(60);
    const ledger = new MarkingLedger(false);
    let marked: string[] = [];
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        await fn.lambda.clock.sleep(n === 59 ? 600 : 20 + (n % 40) * 10);
        if (n === 59) marked = ledger.marks.flatMap((mark) => mark.split(' ').slice(1));
      },
      { ledger, concurrency: 60 },
    );
    await fn.deliver(...numbers);
    expect(marked.length).toBeGreaterThanOrEqual(59 - 21);
  });

  test('of a batch handler come before the wait for a sink', async () => {
    const ledger = new MarkingLedger(false);
    const lambda = new VirtualLambda();
    let marked: string[] = [];
    const send = async (envelopes: readonly Envelope[]): Promise<SendResult[]> => {
      await lambda.clock.sleep(500);
      marked = markedDone(ledger);
      return envelopes.map(() => ({ accepted: true }));
    };
    const handler = async ({ Records }: KinesisStreamEvent) => {
      await lambda.clock.sleep(1_000);
      return { batchItemFailures: [{ itemIdentifier: Records[0]!.kinesis.sequenceNumber }] };
    };
    const { deliverEvent } = markedHandler(ledger, wholeBatch(handler, { reports: 'every' }), {
      quarantine: { sink: { send }, attempts: 1 },
      lambda,
    });
    await deliverEvent({ Records: [...Array(201).keys()].map((n) => kinesisRecord(String(1_000 + n))) });
    expect(marked).toHaveLength(200);
  });

  test('leave at most 32 at risk, too, while timed-out attempts settle beside those in their slots', async () => {
    const numbers = numbersTo(42);
    const ledger = new MarkingLedger(false);
    let settleLate = () => {};
    const late = new Promise<void>((resolve) => (settleLate = resolve));
    let atRisk = 0;
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        if (n < 10) await (n < 9 ? late : new Promise(() => {}));
        if (n < 32) return;
        // By then every success that waits for its mark is older than 5 ms.
        if (n === 41) await fn.lambda.clock.sleep(10);
        if (n === 41) settleLate();
        await new Promise((resolve) => setImmediate(resolve));
        atRisk = Math.max(atRisk, 41 - markedDone(ledger).length);
      },
      { ledger, concurrency: 10, timeBudget: { recordMs: 200 } },
    );
    expect(reportedIn(await fn.deliver(...numbers))).toEqual(['9']);
    expect(atRisk).toBeLessThanOrEqual(32);
  });
});
