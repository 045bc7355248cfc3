import { randomUUID } from 'node:crypto';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { createEventSourceMapping, type EventSourceMappingSettings } from 'undam/mapping';
import { MappingDriver } from '../driver.ts';
import type { MappingAssumptions } from '../mapping/assumptions.ts';
import type { Discard } from '../mapping/discard.ts';
import { MappingMachine } from '../mapping/event-source-mapping.ts';
import type { Invoker } from '../mapping/ports.ts';
import { type KinesisRecord, kinesisSource } from '../stream/kinesis-source.ts';
import { kinesisReader } from './kinesis-reader.ts';
import { kinesisSdk } from './kinesis-sdk.ts';
import type { CheckpointAdvance, ShardReport } from './shard-report.ts';
import type { StreamClient } from './stream-client.ts';

export interface LiveOptions {
  /**
   * A `KinesisClient` of `@aws-sdk/client-kinesis`, which has to be installed. Against an emulator it needs
   * `requestHandler: new NodeHttpHandler()`: the SDK speaks HTTP/2 to Kinesis by default, and emulators do not.
   */
  readonly client: StreamClient;
  readonly streamName: string;
  /** The function: `inProcess(handler, settings)`, or one under the official runtime client from `startRuntimeApi`. */
  readonly invoker: Invoker;
  /** The mapping's settings; those you leave out have AWS's defaults. @default { StartingPosition: 'TRIM_HORIZON' } */
  readonly mapping?: Partial<EventSourceMappingSettings>;
  /** Behaviour that AWS does not document. @default defaultAssumptions */
  readonly assumptions?: Partial<MappingAssumptions>;
  /**
   * Last sequence number by shard: the run ends when every checkpoint has passed its own.
   *
   * @default none: `signal` ends the run
   */
  readonly untilSequenceNumbers?: ReadonlyMap<string, string>;
  /** Called after each invocation and after each move of a checkpoint, with the shard's report so far. @default none */
  readonly onProgress?: (report: ShardReport) => void;
  /** Called when the stream refuses a read; the run tries again. @default none */
  readonly onReadFailed?: (error: unknown) => void;
  /** Ends the run between two invocations. @default none */
  readonly signal?: AbortSignal;
}

interface ShardRun extends ShardReport {
  invocations: number;
  functionErrors: number;
  passedThoughReported: number;
  readonly advances: CheckpointAdvance[];
  readonly discarded: Discard<KinesisRecord>[];
}

const clock = {
  date: (): number => Date.now(),
  setTimeout: (run: () => void, ms: number): unknown => setTimeout(run, ms),
  clearTimeout: (timer: unknown): void => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/**
 * Drives a function with a real stream's records as Lambda's event source mapping does, with the state machine of simulations.
 * Writes nothing to the stream; checkpoints live as long as the run.
 *
 * @throws EventSourceMappingError for settings that AWS refuses; the SDK's error for a stream that does not exist
 */
export async function runLive(options: LiveOptions): Promise<ShardReport[]> {
  const { streamName, invoker, assumptions, untilSequenceNumbers, onProgress, onReadFailed, signal } = options;
  const client = options.client as KinesisClient;
  const { DescribeStreamSummaryCommand } = kinesisSdk();
  const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
  const { StreamARN: streamArn = '', RetentionPeriodHours: hours = 24 } = summary.StreamDescriptionSummary ?? {};
  const source = kinesisSource({ streamArn, retentionMs: hours * 3_600_000 });
  const settings = { StartingPosition: 'TRIM_HORIZON', ...options.mapping } as const;
  const mapping = createEventSourceMapping(settings, source, Date.now());
  const shards = new Map<string, ShardRun>();
  const ended = Promise.withResolvers<void>();

  const runOf = (shardId: string): ShardRun => {
    const none = { invocations: 0, functionErrors: 0, passedThoughReported: 0, advances: [], discarded: [] };
    const run = shards.get(shardId) ?? { shardId, startedAt: performance.now(), ...none };
    shards.set(shardId, run);
    return run;
  };
  const passed = (records: readonly KinesisRecord[]): void => {
    const last = records.at(-1);
    if (!last) return;
    const run = runOf(last.shardId);
    run.advances.push({ at: performance.now(), sequenceNumber: last.sequenceNumber, records: records.length });
    onProgress?.(run);
    if (untilSequenceNumbers && isBehind(shards, untilSequenceNumbers)) ended.resolve();
  };
  const machine = new MappingMachine({
    mapping,
    source,
    newRequestId: randomUUID,
    ...(assumptions && { assumptions }),
    observer: {
      passed: (records, as) => {
        const run = records[0] && runOf(records[0].shardId);
        if (run && as === 'passed-though-reported') run.passedThoughReported += records.length;
        passed(records);
      },
      discarded: (discard) => {
        runOf(discard.shardId).discarded.push(discard);
        passed(discard.records);
      },
    },
  });
  const driver = new MappingDriver({
    machine,
    reader: kinesisReader(client, streamName),
    invoker,
    clock,
    invoked: (shardId, result) => {
      const run = runOf(shardId);
      run.invocations += 1;
      if (result.kind === 'function-error') run.functionErrors += 1;
      onProgress?.(run);
    },
    ...(onReadFailed && { readFailed: onReadFailed }),
  });
  for (const shardId of untilSequenceNumbers?.keys() ?? []) runOf(shardId);
  const abort = (): void => ended.resolve();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  driver.start();
  await ended.promise;
  signal?.removeEventListener('abort', abort);
  await driver.stop();
  return [...shards.values()];
}

function isBehind(shards: ReadonlyMap<string, ShardReport>, until: ReadonlyMap<string, string>): boolean {
  return [...until].every(([shardId, sequenceNumber]) => {
    return BigInt(shards.get(shardId)?.advances.at(-1)?.sequenceNumber ?? -1) >= BigInt(sequenceNumber);
  });
}
