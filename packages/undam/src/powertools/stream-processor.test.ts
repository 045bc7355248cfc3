import { EventType } from '@aws-lambda-powertools/batch';
import type { FailureResponse } from '@aws-lambda-powertools/batch/types';
import { describe, expect, test } from '@jest/globals';
import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { GovernedFunction } from '../../test/kit/governed-function.ts';
import { drain } from '../../test/kit/mapping.ts';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { kinesisEvent, kinesisRecord, numberOf } from '../../test/kit/stream.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { OutageError, PermanentError } from '../base/errors.ts';
import type { StreamProcessorAttempt } from './stream-processor.ts';
import { StreamProcessor } from './stream-processor.ts';

const numbersOf = (records: readonly unknown[]): string[] => records.map(numberOf);

describe.each(middyVersions)('under our middlewares and %s', (_version, middy) => {
  test('every record ends done or quarantined after its attempts, in the order of its key', async () => {
    const scripts = fc.array(fc.constantFrom(0, 0, 0, 1, 2, Infinity), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 1, max: 3 }), fc.boolean(), async (failures, attempts, context) => {
        const starts = new Map<string, number>();
        const done: string[] = [];
        const running = new Set<string>();
        let handled = (_record: KinesisStreamRecord): Promise<void> => Promise.resolve();
        const fn = new GovernedFunction((record: KinesisStreamRecord) => handled(record), {
          middy,
          quarantine: { attempts },
          ...(!context && { processing: false }),
        });
        const outOfOrder: string[] = [];
        handled = async (record) => {
          const number = numberOf(record);
          const key = record.kinesis.partitionKey;
          const earlier = failures.flatMap((_, n) => (n < Number(number) && `${n % 3}` === key ? [`${n}`] : []));
          if (running.has(key)) outOfOrder.push(number);
          if (!earlier.every((one) => done.includes(one) || fn.sink.numbers.includes(one))) outOfOrder.push(number);
          running.add(key);
          starts.set(number, (starts.get(number) ?? 0) + 1);
          await fn.lambda.clock.sleep(1 + (Number(number) % 4));
          running.delete(key);
          if (starts.get(number)! <= failures[Number(number)]!) throw new Error(`${number} fails`);
          done.push(number);
        };
        const records = failures.map((_, n) => kinesisRecord(String(n), { key: String(n % 3) }));
        const deliveries = await drain(fn.lambda, fn.chain, records, numberOf);

        expect(outOfOrder).toEqual([]);
        const poison = failures.flatMap((count, n) => (count >= attempts ? [String(n)] : []));
        expect(fn.sink.numbers.toSorted()).toEqual(poison.toSorted());
        expect([...done, ...fn.sink.numbers].toSorted()).toEqual(numbersOf(records).toSorted());
        for (const number of poison) expect(starts.get(number)).toBe(attempts);
        expect(deliveries.every(({ ending }) => ending.kind === 'answered')).toBe(true);
        expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
        expect(fn.lambda.timers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('a batch of which every record failed is reported like any other, and each is charged', async () => {
    const fn = new GovernedFunction(() => Promise.reject(new Error('no')), { middy });
    expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b')))).toEqual(['a', 'b']);
    expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b')))).toEqual([]);
    expect(fn.sink.numbers).toEqual(['a', 'b']);
    expect(fn.sink.stored[0]).toMatchObject({ attempts: { failed: 2 }, error: { name: 'Error', message: 'no' } });
  });
});

test('a done record does not run again, and a lone record that fails is not a full batch', async () => {
  const starts: string[] = [];
  const fn = new GovernedFunction(async (record: KinesisStreamRecord) => {
    starts.push(numberOf(record));
    if (numberOf(record) === 'a') throw new Error('no');
  });
  expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b', 'c')))).toEqual(['a']);
  expect(starts.splice(0)).toEqual(['a', 'b', 'c']);
  expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b', 'c')))).toEqual([]);
  expect(starts).toEqual(['a']);
});

test('errors that declare their kind have the same effect as elsewhere', async () => {
  const errors: Record<string, Error> = { a: new PermanentError('never'), b: new OutageError('down') };
  const fn = new GovernedFunction(async (record: KinesisStreamRecord) => {
    if (errors[numberOf(record)]) throw errors[numberOf(record)];
  });
  expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b', 'c')))).toEqual(['b']);
  expect(fn.sink.stored).toMatchObject([{ reason: 'permanent', stage: 'handler', error: { message: 'never' } }]);
  expect(fn.events).toContainEqual(expect.objectContaining({ type: 'invocation-ended', responded: true }));
});

describe('how many run at once', () => {
  async function maxAtOnce(processor: StreamProcessor, processInParallel?: boolean): Promise<number> {
    let [running, most] = [0, 0];
    const fn = new GovernedFunction(
      async () => {
        running++;
        most = Math.max(most, running);
        await fn.lambda.clock.sleep(10);
        running--;
      },
      { processor, processing: processInParallel === undefined ? {} : { processInParallel } },
    );
    const event = { Records: Array.from({ length: 50 }, (_, n) => kinesisRecord(String(n + 10))) };
    expect(reportedIn(await fn.deliver(event))).toEqual([]);
    return most;
  }
  const processor = (config?: object) => new StreamProcessor(EventType.KinesisDataStreams, config);

  test('32 by default; the whole batch in order; or one, if Powertools ran one', async () => {
    expect(await maxAtOnce(processor())).toBe(32);
    expect(await maxAtOnce(processor({ concurrency: 3 }))).toBe(3);
    expect(await maxAtOnce(processor({ order: 'shard' }))).toBe(1);
    expect(await maxAtOnce(processor({ concurrency: 20 }), true)).toBe(20);
    expect(await maxAtOnce(processor({ concurrency: 20 }), false)).toBe(1);
  });

  test.each([
    [{ order: 'batch' }, 'StreamProcessor: order: expected "key" or "shard" or "none", got "batch"'],
    [{ concurrency: 0 }, 'StreamProcessor: concurrency: expected a whole number'],
  ])('%j is refused', (config, message) => {
    expect(() => processor(config)).toThrow(message);
  });
});

test('the handler gets record and context as from Powertools, and the attempt behind them', async () => {
  const got: unknown[] = [];
  const fn = new GovernedFunction(
    async (record: KinesisStreamRecord, context: unknown, attempt: StreamProcessorAttempt | undefined) => {
      got.push([numberOf(record), context, attempt?.attempt, attempt?.signal.aborted]);
      throw new Error('no');
    },
  );
  const contexts = [fn.lambda.context(), fn.lambda.context()];
  for (const context of contexts) await fn.lambda.invoke(fn.chain, kinesisEvent('a'), context);
  expect(got).toEqual([
    ['a', contexts[0], 1, false],
    ['a', contexts[1], 2, false],
  ]);
});

describe('the budget', () => {
  test('ends a hanging record: its signal is aborted, it is charged as first record, and the rest is done', async () => {
    const signals: AbortSignal[] = [];
    const fn = new GovernedFunction(
      (record: KinesisStreamRecord, _context: unknown, { signal }: StreamProcessorAttempt) => {
        if (numberOf(record) !== 'a') return Promise.resolve();
        signals.push(signal);
        return new Promise(() => {});
      },
    );
    expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b')))).toEqual(['a']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(numbersOf(fn.processor.successMessages)).toEqual(['b']);
    expect(numbersOf(fn.processor.failureMessages)).toEqual(['a']);
    expect(fn.processor.errors).toMatchObject([{ name: 'TimeoutError' }]);
    expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ reason: 'timed-out', attempts: { timedOut: 2 } }]);
  });

  test('a record that settles after its invocation changes nothing in the next one, and calls none of its hooks', async () => {
    const late = Promise.withResolvers<never>();
    const heard: string[] = [];
    class Watched extends StreamProcessor {
      override failureHandler(...args: Parameters<StreamProcessor['failureHandler']>): FailureResponse {
        heard.push(numberOf(args[0]));
        return super.failureHandler(...args);
      }
    }
    const fn = new GovernedFunction(
      (record: KinesisStreamRecord) => {
        if (numberOf(record) === 'a') return late.promise;
        return Promise.resolve(late.reject(new Error('too late')));
      },
      { processor: new Watched(EventType.KinesisDataStreams) },
    );
    await fn.deliver(kinesisEvent('a'));
    expect(reportedIn(await fn.deliver(kinesisEvent('b', 'c')))).toEqual([]);
    expect(heard).toEqual([]);
    expect(fn.processor.errors).toEqual([]);
    expect(numbersOf(fn.processor.successMessages)).toEqual(['b', 'c']);
  });
});
