import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { inProcess, runLive, type ShardReport, type StreamHandler } from '@undam/simulator';
import type { EventSourceMappingSettings } from 'undam/mapping';
import { type Booking, withBookingLog } from './booking-log.ts';
import type { OrderStream } from './order-stream.ts';

/** One side of the comparison. */
export interface Side {
  readonly name: string;
  readonly handler: StreamHandler;
  readonly mapping: Partial<EventSourceMappingSettings>;
}

/** What happened to the stream on one side. */
export interface SideRun {
  readonly shards: readonly ShardReport[];
  readonly bookings: readonly Booking[];
  readonly tookMs: number;
  /** False when the run was given up. */
  readonly finished: boolean;
}

export interface RunOptions {
  readonly kinesis: KinesisClient;
  readonly stream: OrderStream;
  readonly onProgress?: (progress: Progress) => void;
  /** When to give the run up, in milliseconds. Default 60,000. */
  readonly giveUpMs?: number;
}

/** Records behind the checkpoints, and invocations so far. */
export interface Progress {
  readonly passed: number;
  readonly records: number;
  readonly invocations: number;
}

/** An ordinary handler behind a mapping that gives up after two retries. */
export function plainSide(handler: StreamHandler): Side {
  return { name: 'all or nothing', handler, mapping: { BatchSize: 100, MaximumRetryAttempts: 2 } };
}

/** A handler that reports its failures behind the same mapping, which is told to read the reports. */
export function powertoolsSide(handler: StreamHandler): Side {
  const mapping = {
    BatchSize: 100,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 2,
  } as const;
  return { name: 'Powertools', handler, mapping };
}

/** A handler under Undam behind a mapping that never gives up by itself. */
export function undamSide(handler: StreamHandler): Side {
  const mapping = {
    BatchSize: 100,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: -1,
  } as const;
  return { name: 'under Undam', handler, mapping };
}

/** The function's time-out on every side. */
export const timeoutMs = 1_000;

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:book-orders';

/** The wait before a batch comes again, on every side; Lambda's own is longer and not documented. */
export const backoffMs = (failures: number): number => Math.min(1_000, 200 * 2 ** (failures - 1));

/** Sends the whole stream through one side's handler, as its mapping would. */
export function runSide(side: Side, options: RunOptions): Promise<SideRun> {
  return withBookingLog((bookings) => runLogged(side, options, bookings));
}

async function runLogged(side: Side, options: RunOptions, bookings: readonly Booking[]): Promise<SideRun> {
  const { handler, mapping } = side;
  const { kinesis, stream, onProgress, giveUpMs = 60_000 } = options;
  const latest = new Map<string, ShardReport>();
  const signal = AbortSignal.timeout(giveUpMs);
  const began = performance.now();
  const shards = await runLive({
    client: kinesis,
    streamName: stream.streamName,
    untilSequenceNumbers: stream.untilSequenceNumbers,
    invoker: inProcess(handler, { timeoutMs, functionArn }),
    mapping,
    assumptions: { backoffMs },
    signal,
    onProgress: (report) => {
      latest.set(report.shardId, report);
      onProgress?.(progressOf([...latest.values()], stream.orders.length));
    },
  });
  const { passed, records } = progressOf(shards, stream.orders.length);
  // What an abandoned handler still does belongs to no run: hence the copy.
  return { shards, bookings: [...bookings], tookMs: performance.now() - began, finished: passed === records };
}

function progressOf(shards: readonly ShardReport[], records: number): Progress {
  const passed = shards.flatMap((shard) => shard.advances).reduce((sum, advance) => sum + advance.records, 0);
  return { passed, records, invocations: shards.reduce((sum, shard) => sum + shard.invocations, 0) };
}
