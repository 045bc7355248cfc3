import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { type FunctionSettings, invokeInProcess, type StreamHandler } from './in-process.ts';
import { kinesisEvent, type ShardRecord } from './kinesis-event.ts';
import { type Mapping, type MappingSettings, mappingWithDefaults } from './mapping.ts';
import { openShard } from './shard-reader.ts';
import type { CheckpointAdvance, ShardReport } from './shard-report.ts';
import { afterInvocation, type Batch, type Discard, type NextStep } from './shard-retries.ts';

export interface PollOptions {
  /**
   * A client of the real SDK. Against an emulator it needs `requestHandler: new NodeHttpHandler()`: the SDK speaks
   * HTTP/2 to Kinesis by default, and emulators do not.
   */
  readonly client: KinesisClient;
  readonly streamName: string;
  /** For each shard to read, the last record that it holds: polling ends when every checkpoint is behind it. */
  readonly untilSequenceNumbers: ReadonlyMap<string, string>;
  /**
   * Runs in this process, all shards side by side. Lambda kills an environment at the time-out; here the late promise
   * is ignored, and what the handler left running goes on (see `invocationIsRunning`).
   */
  readonly handler: StreamHandler;
  readonly function: FunctionSettings;
  readonly mapping?: MappingSettings;
  /**
   * The wait after the n-th failure in a row, in milliseconds. AWS does not document its own. Default: 1 s, doubled
   * each time, at most 60 s.
   */
  readonly backoffMs?: (failures: number) => number;
  /** Called after every invocation with the shard's report so far. */
  readonly onProgress?: (report: ShardReport) => void;
  /** Ends polling between two invocations. */
  readonly signal?: AbortSignal;
}

interface ShardRun extends ShardReport {
  invocations: number;
  functionErrors: number;
  readonly advances: CheckpointAdvance[];
  readonly discarded: Discard<ShardRecord>[];
}

/**
 * Drives a handler with a stream's records as Lambda's event source mapping does: from `TRIM_HORIZON`, shards side by
 * side, the batches of one shard strictly one after another, retries by the documented rules (`afterInvocation`).
 *
 * Left out of this first cut: batching windows, parallelization factor, record age, resharding and the 6 MB cut.
 */
export async function pollStream(options: PollOptions): Promise<ShardReport[]> {
  const mapping = mappingWithDefaults(options.mapping ?? {});
  const summary = await options.client.send(new DescribeStreamSummaryCommand({ StreamName: options.streamName }));
  const streamArn = summary.StreamDescriptionSummary?.StreamARN ?? '';
  const shards = [...options.untilSequenceNumbers];
  return Promise.all(shards.map(([shardId, until]) => pollShard(shardId, BigInt(until), streamArn, mapping, options)));
}

async function pollShard(
  shardId: string,
  until: bigint,
  streamArn: string,
  mapping: Mapping,
  options: PollOptions,
): Promise<ShardReport> {
  const reader = openShard(options.client, options.streamName, shardId);
  const run: ShardRun = {
    shardId,
    invocations: 0,
    functionErrors: 0,
    startedAt: performance.now(),
    advances: [],
    discarded: [],
  };
  while (!options.signal?.aborted && BigInt(run.advances.at(-1)?.sequenceNumber ?? -1) < until) {
    const records = await reader.read(mapping.BatchSize);
    if (records.length > 0) await finishBatch(records, run, streamArn, mapping, options);
    else await sleep(100);
  }
  return run;
}

/** Invokes until every record of the batch is processed or discarded; nothing else of the shard runs meanwhile. */
async function finishBatch(
  records: readonly ShardRecord[],
  run: ShardRun,
  streamArn: string,
  mapping: Mapping,
  options: PollOptions,
): Promise<void> {
  const pending: Batch<ShardRecord>[] = [{ records, failedAttempts: 0 }];
  for (let batch = pending.shift(); batch && !options.signal?.aborted; batch = pending.shift()) {
    const result = await invokeInProcess(options.handler, kinesisEvent(batch.records, streamArn), options.function);
    const step = afterInvocation(batch, result, mapping);
    run.invocations += 1;
    if (result.kind === 'function-error') run.functionErrors += 1;
    record(step, run);
    options.onProgress?.(run);
    pending.unshift(...step.next);
    // Assumed: only a batch that comes again as it was is waited for; progress and halving go on at once.
    const failures = step.next[0]?.failedAttempts ?? 0;
    if (failures > 0) await pause((options.backoffMs ?? defaultBackoffMs)(failures), options.signal);
  }
}

function record(step: NextStep<ShardRecord>, run: ShardRun): void {
  if (step.discarded) run.discarded.push(step.discarded);
  const passed = [...step.processed, ...(step.discarded?.records ?? [])];
  const last = passed.at(-1);
  if (last) {
    run.advances.push({ at: performance.now(), sequenceNumber: last.sequenceNumber, records: passed.length });
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // An aborted wait is no error: the loops look at the signal themselves.
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

function defaultBackoffMs(failures: number): number {
  return Math.min(60_000, 1_000 * 2 ** (failures - 1));
}
