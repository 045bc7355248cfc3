import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { BatchResponse, KinesisStreamEvent } from 'undam';
import { kinesisEvent, type TestRecord } from './shard.ts';

/** One invocation, with records by their names. */
export interface Delivery {
  readonly delivered: readonly string[];
  /** The records that the response asks Lambda to deliver again; all of them if the invocation failed. */
  readonly reported: readonly string[];
  /** The handler's error. */
  readonly error?: unknown;
  /** Milliseconds left before Lambda would have ended the invocation. */
  readonly leftMs: number;
}

export interface DeliveryOptions {
  /** The function's time-out in milliseconds. @default 5_000 */
  readonly timeoutMs?: number;
  /** Called before each delivery with its number, from 1. */
  readonly before?: (delivery: number) => void | Promise<void>;
}

type Handler = (event: KinesisStreamEvent, context: Context) => Promise<BatchResponse>;

/**
 * Delivers a batch as Lambda does under `ReportBatchItemFailures` and `BisectBatchOnFunctionError`, until nothing is left: the
 * next delivery holds everything from the lowest reported sequence number on; the batch of a failed invocation comes again in
 * halves.
 *
 * @throws Error after 20 deliveries
 */
export async function deliver(
  handler: Handler,
  records: readonly TestRecord[],
  { timeoutMs = 5_000, before = () => {} }: DeliveryOptions = {},
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const batches = [records];
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    if (deliveries.length === 20) throw new Error(`20 deliveries, and ${batch[0]?.name} is still in the way`);
    await before(deliveries.length + 1);
    const delivery = await invoke(handler, batch, lambdaContext(timeoutMs));
    deliveries.push(delivery);
    batches.unshift(...whatComesNext(batch, delivery));
  }
  return deliveries;
}

async function invoke(handler: Handler, batch: readonly TestRecord[], context: Context): Promise<Delivery> {
  const delivered = batch.map(({ name }) => name);
  const names = new Map(batch.map(({ sequenceNumber, name }) => [sequenceNumber, name]));
  try {
    const { batchItemFailures } = await handler(kinesisEvent(batch), context);
    const leftMs = context.getRemainingTimeInMillis();
    // Lambda fails the whole batch for an identifier that is not in it; a test must not miss that.
    const reported = batchItemFailures.map(({ itemIdentifier }) => names.get(itemIdentifier) ?? 'not in the batch');
    return { delivered, reported, leftMs };
  } catch (error) {
    return { delivered, reported: delivered, error, leftMs: context.getRemainingTimeInMillis() };
  }
}

function whatComesNext(batch: readonly TestRecord[], { reported, error }: Delivery): (readonly TestRecord[])[] {
  if (error !== undefined && batch.length > 1) {
    const middle = Math.ceil(batch.length / 2);
    return [batch.slice(0, middle), batch.slice(middle)];
  }
  const checkpoint = batch.findIndex(({ name }) => reported.includes(name));
  return checkpoint < 0 ? [] : [batch.slice(checkpoint)];
}

function lambdaContext(timeoutMs: number): Context {
  const deadline = performance.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'example',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:example',
    memoryLimitInMB: '128',
    awsRequestId: randomUUID(),
    logGroupName: '/aws/lambda/example',
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
