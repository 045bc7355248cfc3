import { describe, expect, test } from '@jest/globals';
import { mappingDefaults } from 'undam/mapping';
import { defaultAssumptions } from './assumptions.ts';
import type { SourceRecord } from './ports.ts';
import { afterInvocation, type Batch, type Exhausted, type NextStep, type RetrySettings } from './retries.ts';

type InvocationResult = Parameters<typeof afterInvocation>[1];

const failed: InvocationResult = { kind: 'function-error' };
const partial = { FunctionResponseTypes: ['ReportBatchItemFailures'] } as const;

describe('retries of a batch', () => {
  test('recorded: a function error is tried MaximumRetryAttempts times again, then the batch is discarded', () => {
    for (const [MaximumRetryAttempts, invocations] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ] as const) {
      const { deliveries, discards } = drive(1, () => failed, { MaximumRetryAttempts });
      expect(deliveries).toEqual(Array(invocations).fill(['1']));
      expect(discards).toEqual([
        expect.objectContaining({
          approximateInvokeCount: invocations,
          functionError: 'Unhandled',
        }),
      ]);
    }
  });

  test('recorded: a refused response counts like an error, without a functionError', () => {
    const answer = () => respond({ batchItemFailures: [{ itemIdentifier: '' }] });
    const { deliveries, discards } = drive(1, answer, { ...partial, MaximumRetryAttempts: 2 });
    expect(deliveries).toHaveLength(3);
    expect(discards[0]).toMatchObject({ approximateInvokeCount: 3, functionError: null });
  });

  test('recorded: progress starts the counter anew, so record 6 of two batches of 3 is delivered 5 times', () => {
    const { deliveries, discards } = driveBatches(6, 3, report('6'), { ...partial, MaximumRetryAttempts: 3 });
    const times = ['1', '2', '3', '4', '5', '6'].map((id) => deliveries.flat().filter((seen) => seen === id).length);
    expect(times).toEqual([1, 1, 1, 1, 1, 5]);
    expect(discards).toEqual([
      {
        records: [record('6')],
        approximateInvokeCount: 4,
        functionError: null,
      },
    ]);
  });

  test('recorded: without ReportBatchItemFailures nothing comes again, and the reported record is passed all the same', () => {
    const { deliveries, discards, passedThoughReported } = drive(3, report('2'), { MaximumRetryAttempts: 3 });
    expect(deliveries).toHaveLength(1);
    expect(discards).toEqual([]);
    expect(passedThoughReported).toEqual(['2']);
  });

  test.each([
    ['a report that names nobody of the batch', { batchItemFailures: [{ itemIdentifier: 'unknown' }] }, ['1', '2']],
    ['a report under a wrong key', { failures: [{ itemIdentifier: '2' }] }, ['2']],
    ['an empty report', { batchItemFailures: [] }, []],
    ['an answer that reports nothing', { statusCode: 200, body: [1, 2] }, []],
    ['no answer', null, []],
  ])('without ReportBatchItemFailures: %s', (_, payload, reported) => {
    expect(drive(2, () => respond(payload), {}).passedThoughReported).toEqual(reported);
  });

  test('assumed to be a success with ReportBatchItemFailures, too: a report under a wrong key, which passes its record', () => {
    const answer = () => respond({ failures: [{ itemIdentifier: '2' }] });
    expect(drive(2, answer, partial).passedThoughReported).toEqual(['2']);
  });

  test('documented: what is discarded is everything from the checkpoint on, healthy neighbours included', () => {
    const { discards } = drive(5, report('3'), { ...partial, MaximumRetryAttempts: 1 });
    expect(discards[0]?.records.map((record) => record.sequenceNumber)).toEqual(['3', '4', '5']);
  });

  test('documented: bisect isolates a throwing record, spends no retry on it, and discards it alone', () => {
    const throwsOn3 = (ids: readonly string[]) => (ids.includes('3') ? failed : respond(null));
    const settings = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const { deliveries, discards } = drive(4, throwsOn3, settings);
    expect(deliveries).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['3'], ['4']]);
    expect(discards.map((discard) => discard.records.length)).toEqual([1]);
  });

  test('documented: with bisect and a partial response only the rest is retried, in one piece', () => {
    const answers = [report('3'), () => respond(null)];
    const settings = { ...partial, BisectBatchOnFunctionError: true };
    const { deliveries } = drive(6, (ids) => answers.shift()!(ids), settings);
    expect(deliveries).toEqual([
      ['1', '2', '3', '4', '5', '6'],
      ['3', '4', '5', '6'],
    ]);
  });

  test('recorded: with bisect a response that names the first record is split at its first failure', () => {
    const settings = { ...partial, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    const { deliveries, discards } = drive(4, report('2'), settings);
    expect(deliveries).toEqual([['1', '2', '3', '4'], ['2', '3', '4'], ['2'], ['2'], ['3', '4']]);
    expect(discards.map((discard) => discard.approximateInvokeCount)).toEqual([2]);
  });

  test('a number that user records of one aggregate share stands for the first of them', () => {
    const answer = () => respond({ batchItemFailures: [{ itemIdentifier: '1' }] });
    const batch = { records: [record('0'), record('1'), record('1'), record('2')], failedAttempts: 0 };
    const step = afterInvocation(batch, answer(), { ...mappingDefaults, ...partial }, defaultAssumptions);
    expect(step.next).toEqual([{ records: batch.records.slice(1), failedAttempts: 0 }]);
  });

  test('documented: -1 never gives up', () => {
    const batch = { records: [record('1')], failedAttempts: 10_000 };
    const step = afterInvocation(batch, failed, mappingDefaults, defaultAssumptions);
    expect(step).toEqual({ processed: [], passedThoughReported: [], next: [{ ...batch, failedAttempts: 10_001 }] });
  });
});

type Answer = (ids: readonly string[]) => InvocationResult;

function respond(payload: unknown): InvocationResult {
  return { kind: 'response', payload };
}

/** A function that reports these records whenever it gets them. */
function report(...bad: readonly string[]): Answer {
  return (ids) => {
    const reported = bad.filter((id) => ids.includes(id));
    return respond({ batchItemFailures: reported.map((itemIdentifier) => ({ itemIdentifier })) });
  };
}

function drive(size: number, answer: Answer, settings: Partial<RetrySettings>) {
  return driveBatches(size, size, answer, settings);
}

/** Runs records 1 to `count` in batches of `size` to their end. */
function driveBatches(count: number, size: number, answer: Answer, settings: Partial<RetrySettings>) {
  const deliveries: string[][] = [];
  const discards: Exhausted<SourceRecord>[] = [];
  const passedThoughReported: string[] = [];
  const records = Array.from({ length: count }, (_, index) => record(String(index + 1)));
  const mapping = { ...mappingDefaults, ...settings };
  for (let from = 0; from < count; from += size) {
    const pending: Batch<SourceRecord>[] = [{ records: records.slice(from, from + size), failedAttempts: 0 }];
    for (let batch = pending.shift(); batch; batch = pending.shift()) {
      const ids = batch.records.map((record) => record.sequenceNumber);
      deliveries.push(ids);
      const step: NextStep<SourceRecord> = afterInvocation(batch, answer(ids), mapping, defaultAssumptions);
      if (step.exhausted) discards.push(step.exhausted);
      passedThoughReported.push(...step.passedThoughReported.map((record) => record.sequenceNumber));
      pending.unshift(...step.next);
    }
  }
  return { deliveries, discards, passedThoughReported };
}

function record(sequenceNumber: string): SourceRecord {
  return { shardId: 'shardId-000000000000', sequenceNumber, approximateArrivalTimestamp: 0 };
}
