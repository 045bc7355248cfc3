import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { expect, test } from '@jest/globals';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { hasWrapper } from '../../src/engine/invocation/registry.ts';
import { observeWith, StreamProcessor } from '../../src/powertools/index.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

test('observeWith() makes no wrapper: a process that has taken only that from undam/powertools claims nothing', async () => {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const observe = observeWith({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
  const chain = middyVersions[0]![1]()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe }))
    .handler(async () => ({ batchItemFailures: [] }));
  for (let delivery = 0; delivery < 2; delivery++)
    expect(errorOf(await lambda.invoke(chain, kinesisEvent('a')))).toMatchObject({ code: 'unwrapped' });
  expect(hasWrapper()).toBe(false);
  expect(sink.stored).toEqual([]);
  new StreamProcessor(EventType.KinesisDataStreams);
  expect(hasWrapper()).toBe(true);
});

test('a processor that is made inside the handler runs the whole batch in its first invocation, too', async () => {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const ledger = new MarkingLedger();
  ledger.know({ b: { suspect: 'alone' } });
  const [done, running] = [[] as string[], new Set<string>()];
  const recordHandler = async ({ kinesis: { sequenceNumber } }: KinesisStreamRecord): Promise<void> => {
    running.add(sequenceNumber);
    await lambda.clock.sleep(5);
    if (sequenceNumber === 'b') expect([...running]).toEqual(['b']);
    running.delete(sequenceNumber);
    if (sequenceNumber === 'c') throw new Error('poison');
    done.push(sequenceNumber);
  };
  const chain = middyVersions[0]![1]()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, ledger, observe: () => {} }))
    .handler(async (event: KinesisStreamEvent, context: Context) => {
      const processor = new StreamProcessor(EventType.KinesisDataStreams);
      return processPartialResponse(event, recordHandler, processor, { context });
    });
  expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c', 'd')))).toEqual([]);
  expect(done.toSorted()).toEqual(['a', 'b', 'd']);
  expect(sink.numbers).toEqual(['c']);
  expect(lambda.timers).toBe(0);
});
