import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { describe, expect, test } from '@jest/globals';
import type { Context, KinesisStreamRecord } from 'aws-lambda';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, numberOf } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const numbersOf = (records: readonly unknown[]): string[] => records.map(numberOf);
/** Fails on records whose number says so. */
const handler = async (record: KinesisStreamRecord): Promise<string> => {
  if (numberOf(record).startsWith('bad')) throw new RangeError(`${numberOf(record)} failed`);
  return `${numberOf(record)} done`;
};

describe('a StreamProcessor is only a BatchProcessor', () => {
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

  test('with records that are not the batch: the invocation is refused, and charges no record', async () => {
    const { lambda, sink, chain } = setUp((processor) => async (event: ReturnType<typeof kinesisEvent>) => {
      const Records = event.Records.filter((record) => numberOf(record) !== 'other');
      return processPartialResponse({ Records }, handler, processor);
    });
    const ending = await lambda.invoke(chain, kinesisEvent('other', 'ok', 'bad'));
    expect(errorOf(ending)).toMatchObject({ code: 'unwrapped' });
    expect(sink.stored).toEqual([]);
  });
});
