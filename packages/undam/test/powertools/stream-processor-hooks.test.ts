import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { BaseRecord, FailureResponse, SuccessResponse } from '@aws-lambda-powertools/batch/types';
import { describe, expect, test } from '@jest/globals';
import type { DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import { PermanentError } from '../../src/base/errors.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import { GovernedFunction } from '../kit/governed-function.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { dynamodbEvent, dynamodbRecord, kinesisEvent, numberOf } from '../kit/stream.ts';
import { errorOf, reportedIn } from '../kit/virtual-lambda.ts';
import { watched } from '../kit/watched-processor.ts';

type Failure = Parameters<StreamProcessor['failureHandler']>;

const numbersOf = (records: readonly unknown[]): string[] => records.map(numberOf);
/** Fails on records whose number says so. */
const handler = async (record: KinesisStreamRecord): Promise<string> => {
  if (numberOf(record).startsWith('bad')) throw new RangeError(`${numberOf(record)} failed`);
  return `${numberOf(record)} done`;
};

/** A processor that keeps its calls of hooks and its results. */
class Kept extends watched(StreamProcessor) {
  results: (SuccessResponse | FailureResponse)[] = [];
  constructor() {
    super(EventType.KinesisDataStreams);
  }
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    this.results = await super.process();
    return this.results;
  }
}

test('the hooks of a subclass run for each attempt; results and lists are of the last one, in batch order', async () => {
  const processor = new Kept();
  let failuresLeft = 1;
  const fn = new GovernedFunction(
    async (record: KinesisStreamRecord) => {
      if (numberOf(record) === 'b' && failuresLeft-- > 0) throw new Error('b failed');
      return handler(record);
    },
    { processor, quarantine: { attempts: 2, retry: { baseMs: 10, capMs: 10 } } },
  );
  expect(reportedIn(await fn.deliver(kinesisEvent('b', 'bad', 'c')))).toEqual([]);
  expect(processor.hooks).toEqual([
    'prepare',
    'failure Error: b failed',
    'failure RangeError: bad failed',
    'success c done',
    'success b done',
    'failure RangeError: bad failed',
    'clean',
  ]);
  expect(processor.results.map(([how, what, record]) => [how, what, numberOf(record)])).toEqual([
    ['success', 'b done', 'b'],
    ['fail', 'bad failed', 'bad'],
    ['success', 'c done', 'c'],
  ]);
  expect(numbersOf(processor.successMessages)).toEqual(['b', 'c']);
  expect(numbersOf(processor.failureMessages)).toEqual(['bad']);
  expect(processor.errors).toEqual([new RangeError('bad failed')]);
  expect(fn.sink.numbers).toEqual(['bad']);
});

test('a record that was not started is in no list, and in the response', async () => {
  const fn = new GovernedFunction(handler);
  expect(reportedIn(await fn.deliver(kinesisEvent('bad1', 'bad2', 'ok')))).toEqual(['bad1', 'bad2']);
  const { processor } = fn;
  expect([numbersOf(processor.successMessages), numbersOf(processor.failureMessages)]).toEqual([['ok'], ['bad1']]);
  expect(processor.response()).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad1' }, { itemIdentifier: 'bad2' }] });
});

describe('a subclass with its own way', () => {
  class Own extends StreamProcessor {
    constructor() {
      super(EventType.KinesisDataStreams);
    }
  }

  test('of answering a failure decides, and anything but success is a failure', async () => {
    class Answers extends Own {
      override failureHandler(...[record, error]: Failure): FailureResponse {
        if (error.message.startsWith('bad1')) return this.successHandler(record, 'as good') as never;
        return error.message.startsWith('bad2') ? ['fail', 'not told', record] : (undefined as never);
      }
    }
    const fn = new GovernedFunction(handler, { processor: new Answers() });
    expect(reportedIn(await fn.deliver(kinesisEvent('bad1', 'ok', 'x', 'bad2'))).toSorted()).toEqual(['bad2']);
    expect(fn.events).toContainEqual(
      expect.objectContaining({ type: 'attempt-failed', error: expect.any(RangeError) }),
    );
    expect(reportedIn(await fn.deliver(kinesisEvent('bad3')))).toEqual(['bad3']);
  });

  test('of throwing from a hook fails the record with its own error', async () => {
    class Throws extends Own {
      override failureHandler(): FailureResponse {
        throw new Error('the hook failed');
      }
    }
    const fn = new GovernedFunction(handler, { processor: new Throws(), quarantine: { attempts: 1 } });
    expect(reportedIn(await fn.deliver(kinesisEvent('bad', 'ok')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ error: { name: 'RangeError', message: 'bad failed' } }]);
  });

  test('of processing a record has its errors counted as others', async () => {
    class Processes extends Own {
      override async processRecord(record: BaseRecord): Promise<SuccessResponse | FailureResponse> {
        await null;
        if (numberOf(record).startsWith('bad'))
          return this.failureHandler(record as never, new PermanentError('never'));
        return super.processRecord(record);
      }
    }
    const fn = new GovernedFunction(handler, { processor: new Processes() });
    expect(reportedIn(await fn.deliver(kinesisEvent('bad', 'ok')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ reason: 'permanent', error: { message: 'never' } }]);
    expect(numbersOf(fn.processor.successMessages)).toEqual(['ok']);
  });

  test('of preparing that fails starts and charges no record', async () => {
    const calls: string[] = [];
    class Unprepared extends Own {
      override prepare(): void {
        throw new Error('not prepared');
      }
    }
    const fn = new GovernedFunction(async (record: unknown) => void calls.push(numberOf(record)), {
      processor: new Unprepared(),
      quarantine: { attempts: 1 },
    });
    expect(errorOf(await fn.deliver(kinesisEvent('a')))).toEqual(new Error('not prepared'));
    expect([calls, fn.sink.stored]).toEqual([[], []]);
  });

  test('of cleaning up that fails makes the invocation fail, and done records come again', async () => {
    class Unclean extends Own {
      override clean(): void {
        super.clean();
        throw new Error('not clean');
      }
    }
    const fn = new GovernedFunction(handler, { processor: new Unclean() });
    expect(errorOf(await fn.deliver(kinesisEvent('a', 'b')))).toEqual(new Error('not clean'));
    expect(fn.events).toContainEqual({ type: 'done-withdrawn' });
  });
});

test.each([
  ['null', null],
  ['undefined', undefined],
  ['a text', 'broken'],
  ['a frozen object', Object.freeze({})],
])('a handler that throws %s has failed on that record only', async (_what, thrown) => {
  const fn = new GovernedFunction(async (record: unknown) => {
    if (numberOf(record) === 'a') throw thrown;
  });
  expect(reportedIn(await fn.deliver(kinesisEvent('a', 'b')))).toEqual(['a']);
  expect(numbersOf(fn.processor.successMessages)).toEqual(['b']);
  expect(fn.processor.errors).toEqual([thrown]);
});

test('a handler may empty the event while it runs', async () => {
  const event = kinesisEvent('a', 'bad', 'c');
  const fn = new GovernedFunction(async (record: KinesisStreamRecord) => {
    event.Records.length = 0;
    return handler(record);
  });
  expect(reportedIn(await fn.deliver(event))).toEqual(['bad']);
  expect(numbersOf(fn.processor.successMessages)).toEqual(['a', 'c']);
});

test.each(middyVersions)('%s: DynamoDB Streams, in the order of an item', async (_version, middy) => {
  const starts: string[] = [];
  const fn = new GovernedFunction(
    async ({ dynamodb }: DynamoDBRecord) => {
      starts.push(dynamodb?.SequenceNumber ?? '');
      if (dynamodb?.SequenceNumber === '1') throw new Error('no');
    },
    { middy, processor: new StreamProcessor(EventType.DynamoDBStreams) },
  );
  const event = dynamodbEvent(dynamodbRecord('1', 'x'), dynamodbRecord('2', 'x'), dynamodbRecord('3', 'y'));
  expect(reportedIn(await fn.deliver(event))).toEqual(['1', '2']);
  expect(starts.splice(0)).toEqual(['1', '3']);
  expect(reportedIn(await fn.deliver(event))).toEqual([]);
  expect(starts).toEqual(['1', '2']);
  expect(fn.sink.numbers).toEqual(['1']);
});

test('one processor serves a batch with Undam and then one without', async () => {
  const processor = new Kept();
  const fn = new GovernedFunction(handler, { processor });
  const event = kinesisEvent('bad', 'ok');
  expect(reportedIn(await fn.deliver(event))).toEqual(['bad']);
  expect(await processPartialResponse(event, handler, processor, { processInParallel: false })).toEqual({
    batchItemFailures: [{ itemIdentifier: 'bad' }],
  });
  await expect(processPartialResponse(kinesisEvent('bad'), handler, processor)).rejects.toThrow('All records failed');
  expect(processor.hooks.slice(-5)).toEqual([
    'prepare',
    'failure RangeError: bad failed',
    'clean',
    'hasMessagesToReport',
    'entireBatchFailed',
  ]);
});
