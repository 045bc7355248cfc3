import type { StreamRecord } from '../../src/streams/sources.ts';
import { type Ending, type Invocable, reportedIn, type VirtualLambda } from './virtual-lambda.ts';

/** One delivery of an event source mapping with ReportBatchItemFailures and BisectBatchOnFunctionError. */
export interface Delivered {
  readonly batch: readonly string[];
  readonly ending: Ending;
}

interface DrainOptions {
  readonly maxDeliveries?: number;
  readonly timeoutMs?: number;
  readonly batchSize?: number;
}

/** Delivers records, `batchSize` of them at first, until nothing is left or `maxDeliveries` have been made, as the mapping does. */
export async function drain(
  lambda: VirtualLambda,
  handler: Invocable,
  records: readonly StreamRecord[],
  numberOf: (record: StreamRecord) => string,
  { maxDeliveries = 40, timeoutMs = 5_000, batchSize = records.length }: DrainOptions = {},
): Promise<Delivered[]> {
  const deliveries: Delivered[] = [];
  const queue: (readonly StreamRecord[])[] = [];
  for (let at = 0; at < records.length; at += batchSize) queue.push(records.slice(at, at + batchSize));
  for (let batch = queue.shift(); batch !== undefined && deliveries.length < maxDeliveries; batch = queue.shift()) {
    const numbers = batch.map(numberOf);
    const ending = await lambda.invoke(handler, structuredClone({ Records: batch }), lambda.context(timeoutMs));
    deliveries.push({ batch: numbers, ending });
    if (ending.kind === 'answered') {
      const reported = reportedIn(ending).map((number) => numbers.indexOf(number));
      if (reported.length > 0) queue.unshift(batch.slice(Math.min(...reported)));
    } else if (batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      queue.unshift(batch.slice(0, half), batch.slice(half));
    } else {
      queue.unshift(batch);
    }
  }
  return deliveries;
}
