import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { BaseRecord, FailureResponse, SuccessResponse } from '@aws-lambda-powertools/batch/types';
import { describe, expect, test } from '@jest/globals';
import type { Context, DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import { PermanentError } from '../../src/base/errors.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import { GovernedFunction } from '../kit/governed-function.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord, kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Success = Parameters<StreamProcessor['successHandler']>;
type Failure = Parameters<StreamProcessor['failureHandler']>;

const numberOf = (record: unknown): string => (record as KinesisStreamRecord).kinesis.sequenceNumber;
const numbersOf = (records: readonly unknown[]): string[] => records.map(numberOf);
/** Fails on records whose number says so. */
const handler = async (record: KinesisStreamRecord): Promise<string> => {
  if (numberOf(record).startsWith('bad')) throw new RangeError(`${numberOf(record)} failed`);
  return `${numberOf(record)} done`;
};

/** Writes down when each hook is called. */
class Watched extends StreamProcessor {
  readonly hooks: string[] = [];
  results: (SuccessResponse | FailureResponse)[] = [];
  constructor() {
    super(EventType.KinesisDataStreams);
  }
  override prepare(): void {
    this.hooks.push('prepare');
    super.prepare();
  }
  override clean(): void {
    this.hooks.push('clean');
    super.clean();
  }
  override entireBatchFailed(): boolean {
    this.hooks.push('entireBatchFailed');
    return super.entireBatchFailed();
  }
  override successHandler(...args: Success): SuccessResponse {
    this.hooks.push(`success: ${args[1]}`);
    return super.successHandler(...args);
  }
  override failureHandler(...args: Failure): FailureResponse {
    this.hooks.push(`failure: ${args[1].message}`);
    return super.failureHandler(...args);
  }
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    this.results = await super.process();
    return this.results;
  }
}

test('the hooks of a subclass run for each attempt; results and lists are of the last one, in batch order', async () => {
  const processor = new Watched();
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
    'failure: b failed',
    'failure: bad failed',
    'success: c done',
    'success: b done',
    'failure: bad failed',
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

test('what was not started in this invocation is in no list, and in the response', async () => {
  const fn = new GovernedFunction(handler);
  expect(reportedIn(await fn.deliver(kinesisEvent('bad1', 'bad2', 'ok')))).toEqual(['bad1', 'bad2']);
  const { processor } = fn;
  expect([numbersOf(processor.successMessages), numbersOf(processor.failureMessages)]).toEqual([['ok'], ['bad1']]);
  expect(processor.response()).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad1' }, { itemIdentifier: 'bad2' }] });
});

describe('a subclass that has a way of its own', () => {
  class Own extends StreamProcessor {
    constructor() {
      super(EventType.KinesisDataStreams);
    }
  }

  test('of answering a failure: that decides, and anything but success is a failure', async () => {
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

  test('of throwing from a hook: the record is what failed, with its own error', async () => {
    class Throws extends Own {
      override failureHandler(): FailureResponse {
        throw new Error('the hook failed');
      }
    }
    const fn = new GovernedFunction(handler, { processor: new Throws(), quarantine: { attempts: 1 } });
    expect(reportedIn(await fn.deliver(kinesisEvent('bad', 'ok')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ error: { name: 'RangeError', message: 'bad failed' } }]);
  });

  test('of processing a record: its errors count as ever', async () => {
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

  test('of preparing, and fails at it: nothing is started, nobody charged', async () => {
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

  test('of cleaning up, and fails at it: the invocation fails, and what was done comes again', async () => {
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

describe('where it is a BatchProcessor and nothing else', () => {
  function setUp(
    makeHandler: (processor: StreamProcessor, calls: string[][]) => (event: never, context: never) => unknown,
  ) {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const calls: string[][] = [];
    const processor = new StreamProcessor(EventType.KinesisDataStreams);
    const chain = middyVersions[0]![1]()
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, observe: () => {} }))
      .handler(makeHandler(processor, calls));
    return { lambda, sink, calls, chain };
  }

  test('inside wholeBatch(), which judges its answer', async () => {
    const { lambda, sink, calls, chain } = setUp((processor, list) =>
      wholeBatch<KinesisStreamRecord>(
        async (event, context) => {
          list.push(numbersOf(event.Records));
          return processPartialResponse(event, handler, processor, { context: context as Context });
        },
        { reports: 'every' },
      ),
    );
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('ok', 'bad1', 'bad2')))).toEqual(['bad1', 'bad2']);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('bad1', 'bad2')))).toEqual([]);
    expect(calls).toEqual([
      ['ok', 'bad1', 'bad2'],
      ['bad1', 'bad2'],
    ]);
    expect(sink.numbers).toEqual(['bad1', 'bad2']);
  });

  test('with records that are not the batch: the invocation is refused, and charges nobody', async () => {
    const { lambda, sink, chain } = setUp((processor) => async (event: ReturnType<typeof kinesisEvent>) => {
      const Records = event.Records.filter((record) => numberOf(record) !== 'other');
      return processPartialResponse({ Records }, handler, processor);
    });
    const ending = await lambda.invoke(chain, kinesisEvent('other', 'ok', 'bad'));
    expect(errorOf(ending)).toMatchObject({ code: 'unwrapped' });
    expect(sink.stored).toEqual([]);
  });
});

test('one processor serves a batch with Undam and then one without', async () => {
  const processor = new Watched();
  const fn = new GovernedFunction(handler, { processor });
  const event = kinesisEvent('bad', 'ok');
  expect(reportedIn(await fn.deliver(event))).toEqual(['bad']);
  expect(await processPartialResponse(event, handler, processor, { processInParallel: false })).toEqual({
    batchItemFailures: [{ itemIdentifier: 'bad' }],
  });
  await expect(processPartialResponse(kinesisEvent('bad'), handler, processor)).rejects.toThrow('All records failed');
  expect(processor.hooks.slice(-4)).toEqual(['prepare', 'failure: bad failed', 'clean', 'entireBatchFailed']);
});
