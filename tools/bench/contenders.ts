import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import {
  eachRecord,
  type Ledger,
  memoryLedger,
  partialBatch,
  quarantine,
  type RecordHandler,
  type Sink,
  timeBudget,
} from 'undam';
import { StreamProcessor } from 'undam/powertools';

/** A whole Lambda handler, called as the runtime would. */
export type BenchHandler = (event: KinesisStreamEvent, context: Context) => Promise<unknown>;

/** The work on one record, the same for every contender. */
export type Work = (record: KinesisStreamRecord) => Promise<void>;

/** Awaits one record after the other: the lower bound of sequential processing. */
export function bareLoop(work: Work): BenchHandler {
  return async (event) => {
    for (const record of event.Records) await work(record);
    return { batchItemFailures: [] };
  };
}

/** Runs the records of each partition key one after the other, and all keys at once: the lower bound of ordered lanes. */
export function bareLanes(work: Work): BenchHandler {
  return async (event) => {
    const lanes = Map.groupBy(event.Records, ({ kinesis }) => kinesis.partitionKey);
    await Promise.all(
      Array.from(lanes.values(), async (lane) => {
        for (const record of lane) await work(record);
      }),
    );
    return { batchItemFailures: [] };
  };
}

/** Powertools as in its documentation: a plain handler without Middy, and so without Middy's cost. */
export function powertools(work: Work, processInParallel: boolean): BenchHandler {
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  return (event, context) => processPartialResponse(event, work, processor, { context, processInParallel });
}

/** The same with Undam's processor in place of Powertools', without a middleware. */
export function streamProcessor(work: Work, processInParallel: boolean): BenchHandler {
  const processor = new StreamProcessor(EventType.KinesisDataStreams);
  return (event, context) => processPartialResponse(event, work, processor, { context, processInParallel });
}

/** The same under Middy and all three middlewares. */
export function guardedProcessor(work: Work): BenchHandler {
  const processor = new StreamProcessor(EventType.KinesisDataStreams);
  return guarded((event, context) => processPartialResponse(event, work, processor, { context }), memoryLedger());
}

/** Undam with Middy, all three middlewares and a time limit per record. The default sink is never called. */
export function undam(
  work: RecordHandler<KinesisStreamRecord, undefined>,
  concurrency?: number,
  ledger: Ledger = memoryLedger(),
  sink: Sink = neverCalled,
): BenchHandler {
  return guarded(eachRecord(work, concurrency === undefined ? {} : { concurrency }), ledger, sink);
}

const neverCalled: Sink = { send: () => Promise.reject(new Error('the bench quarantines nothing')) };

type StreamHandler = (event: KinesisStreamEvent, context: Context) => Promise<KinesisStreamBatchResponse>;

function guarded(handler: StreamHandler, ledger: Ledger, sink = neverCalled): BenchHandler {
  const chain = middy()
    .use(partialBatch({ ledger }))
    .use(quarantine({ sink, attempts: 3 }))
    .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
    .handler(handler);
  return async (event, context) => chain(event, context);
}
