import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { Base64Encoded } from '@aws-lambda-powertools/parser/helpers';
import { KinesisDataStreamRecord, KinesisDataStreamRecordPayload } from '@aws-lambda-powertools/parser/schemas/kinesis';
import middy from '@middy/core';
import type { KinesisStreamEvent } from 'aws-lambda';
import { eachRecord, memoryLedger, partialBatch, quarantine, timeBudget } from 'undam';
import { json, schema } from 'undam/decode';
import { z } from 'zod';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import type { BenchHandler } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { interleave, median, type Rounds, ratioOf, type Sample } from './rounds.ts';

/** The payloads of `kinesisEventJson`. */
export const OrderPlaced = z.object({
  type: z.literal('order-placed'),
  orderId: z.string(),
  customerId: z.string(),
  placedAt: z.iso.datetime(),
  currency: z.enum(['EUR', 'USD']),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int().positive(), priceCents: z.int() })).min(1),
});
type OrderPlaced = z.infer<typeof OrderPlaced>;

/** The work on one order, the same for every contender. */
export type OrderWork = (order: OrderPlaced) => Promise<void>;

const size = 1_000;
const batchesPerSample = 1;
const warmUpRounds = 10;
/** Powertools' faster way: the schema of the whole record is made once, not per record. */
const reference = 'Powertools sequential, schema';

/** Payloads as JSON, validated by one zod schema: the way from an event to a handler of typed orders. */
export const parsing: BenchCase = {
  name: 'parsing',
  about: 'JSON payloads validated by the same zod schema, batches of 1,000: schema() beside Powertools with its parser',
  rounds: 10,
  async run(rounds, progress) {
    progress(`${parsing.name}: batches of ${size.toLocaleString('en')}, ${rounds} rounds`);
    const event = kinesisEventJson(size, 100);
    const contenders = parsers(async () => {});
    const samples = Object.fromEntries(
      Object.entries(contenders).map(([contender, handler]) => [contender, sampleOf(handler, event)]),
    );
    const times = await interleave(samples, rounds, warmUpRounds);
    return Object.keys(times).map((contender) => rowOf(contender, times));
  },
};

/** Each contender as a complete Lambda handler. */
export function parsers(work: OrderWork): Readonly<Record<string, BenchHandler>> {
  return {
    'bare loop, JSON.parse and zod': bareParsing(work),
    [reference]: powertoolsParsing({ parser, schema: wholeRecord }, work, false),
    'Powertools parallel, schema': powertoolsParsing({ parser, schema: wholeRecord }, work, true),
    'Powertools sequential, innerSchema': powertoolsParsing(
      { parser, innerSchema: OrderPlaced, transformer: 'base64' },
      work,
      false,
    ),
    'Undam, schema()': undamParsing(schema(OrderPlaced), work),
    'Undam, json() and nothing checked': undamParsing(json<OrderPlaced>(), work),
  };
}

function bareParsing(work: OrderWork): BenchHandler {
  return async (event) => {
    for (const { kinesis } of event.Records) {
      await work(OrderPlaced.parse(JSON.parse(Buffer.from(kinesis.data, 'base64').toString())));
    }
    return { batchItemFailures: [] };
  };
}

/** `Base64Encoded` takes compressed and plain payloads, and tries to decompress each: that is its cost. */
const wholeRecord = KinesisDataStreamRecord.extend({
  kinesis: KinesisDataStreamRecordPayload.extend({ data: Base64Encoded(OrderPlaced) }),
});

type ParserConfig = ConstructorParameters<typeof BatchProcessor>[1];

function powertoolsParsing(config: ParserConfig, work: OrderWork, processInParallel: boolean): BenchHandler {
  const processor = new BatchProcessor(EventType.KinesisDataStreams, config);
  const handle = (record: { readonly kinesis: { readonly data: unknown } }) => work(record.kinesis.data as OrderPlaced);
  return (event, context) => processPartialResponse(event, handle as never, processor, { context, processInParallel });
}

function undamParsing(decode: ReturnType<typeof json<OrderPlaced>>, work: OrderWork): BenchHandler {
  const sink = { send: () => Promise.reject(new Error('the bench quarantines nothing')) };
  const handler = middy()
    .use(partialBatch({ ledger: memoryLedger() }))
    .use(quarantine({ sink, attempts: 3 }))
    .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
    .handler(eachRecord((_record, { decoded }) => work(decoded), { decode }));
  return async (event, context) => handler(event, context);
}

/** Parses the events first, as the runtime does, and times only the invocations. */
function sampleOf(handler: BenchHandler, json: string): Sample {
  return async () => {
    const events = Array.from({ length: batchesPerSample }, () => JSON.parse(json) as KinesisStreamEvent);
    globalThis.gc?.({ type: 'minor' });
    const startedAt = performance.now();
    for (const event of events) await handler(event, lambdaContext());
    return performance.now() - startedAt;
  };
}

function rowOf(contender: string, times: Rounds): Row {
  const ratio = ratioOf(times[contender]!, times[reference]!);
  return {
    case: parsing.name,
    contender,
    value: (median(times[contender]!) * 1e6) / (batchesPerSample * size),
    unit: 'ns/record',
    ratio,
    ...(contender === 'Undam, schema()' && { bound: bound('ratio', ratio, 1) }),
  };
}
