import { createEventSourceMapping, type EventSourceMappingSettings } from 'undam/mapping';
import { listenToDid } from './did.ts';
import { MappingDriver } from './driver.ts';
import { type FunctionSettings, functionDefaults } from './lambda/function-settings.ts';
import { uuid } from './lambda/simulated-context.ts';
import {
  type InvocationFaults,
  type SimulatedEnvironment,
  SimulatedFunction,
  type SimulatedHandler,
} from './lambda/simulated-function.ts';
import type { MappingAssumptions } from './mapping/assumptions.ts';
import type { Discard } from './mapping/discard.ts';
import { MappingMachine } from './mapping/event-source-mapping.ts';
import { isDeliverable, keepsPayload, onFailureMessage, onFailureObject } from './mapping/on-failure.ts';
import type { InvocationResult, StreamReader } from './mapping/ports.ts';
import { pollIntervalMs } from './mapping/shard.ts';
import type { Simulation } from './report/result.ts';
import { RunReport } from './report/run-report.ts';
import { mustBeArrival, mustBeSimulationOptions } from './simulation-options.ts';
import { type Arrival, newStream, type SimulatedRecord, type SimulatedStream } from './stream/simulated-stream.ts';
import { Fence } from './virtual/fence.ts';
import { seededRandom } from './virtual/random.ts';
import { runInProgress } from './virtual/run-in-progress.ts';
import type { VirtualTime } from './virtual/virtual-time.ts';

/** A stream, a mapping and a function. Times in milliseconds of virtual time. */
export interface SimulationOptions {
  /** Called at every cold start; its closure is the environment's own state. */
  readonly createHandler: (environment: SimulatedEnvironment) => SimulatedHandler | Promise<SimulatedHandler>;
  /** Records for the stream, in order of time. The iterable is read as time passes. */
  readonly records: Iterable<Arrival>;
  /** The stream. @default { kind: 'kinesis', shards: 1 } */
  readonly stream?: SimulatedStream;
  /** The mapping's settings; those you leave out have AWS's defaults. @default { StartingPosition: 'TRIM_HORIZON' } */
  readonly mapping?: Partial<EventSourceMappingSettings>;
  /** The function's configuration; each setting has its own default. @default {} */
  readonly function?: FunctionSettings;
  /** Behaviour that AWS does not document. @default defaultAssumptions */
  readonly assumptions?: Partial<MappingAssumptions>;
  /** A run is a function of its options and this seed. @default 1 */
  readonly seed?: number | string;
  /** The latest end of the run: 14 days by default. It ends earlier once everything written is passed. @default 1_209_600_000 */
  readonly untilMs?: number;
  /** Faults of Lambda and of the stream. @default {} */
  readonly faults?: InvocationFaults & StreamFaults;
  /** Changes of the shards: `split` halves an open shard, `merge` joins two. @default [] */
  readonly reshards?: readonly Reshard[];
  /** Milliseconds between two samples of `iteratorAge`. @default none: no samples */
  readonly sampleMs?: number;
  /** Ends the run, which rejects with the signal's reason. @default none */
  readonly signal?: AbortSignal;
  /** Called after each invocation. @default none */
  readonly onInvocation?: (shardId: string, result: InvocationResult) => void;
}

/** Faults between the mapping and its stream. */
export interface StreamFaults {
  /** Whether the stream refuses a read; the mapping asks again. `now` is milliseconds from the start of the run. */
  refusesRead?(now: number): boolean;
}

export interface Reshard {
  readonly atMs: number;
  readonly split?: string;
  readonly merge?: readonly [string, string];
}

/**
 * Runs a simulation in the given virtual time, in which the handler must live (see `simulate`).
 *
 * @throws EventSourceMappingError for settings that AWS refuses; TypeError or RangeError for other options; RealWorldError if the
 * handler leaves the simulation, even if it catches the error; the signal's reason
 */
export async function runSimulation(time: VirtualTime, options: SimulationOptions): Promise<Simulation> {
  mustBeSimulationOptions(options);
  const { seed = 1, untilMs = 14 * 86_400_000, sampleMs } = options;
  const { userRecordKey = 'own' } = options.assumptions ?? {};
  const { source, stream } = newStream(options.stream ?? {}, time, {
    userRecordKey,
    skipped: (records) => report.passed(records, 'before-start'),
  });
  const settings = { StartingPosition: 'TRIM_HORIZON', ...options.mapping } as const;
  const mapping = createEventSourceMapping(settings, source, time.date());
  const { functionArn, functionVersion } = { ...functionDefaults, ...options.function };
  const random = seededRandom(`${seed}:function`);
  const report = new RunReport(time, source.retentionMs, mapping.TumblingWindowInSeconds > 0);
  const simulated = new SimulatedFunction({
    settings: options.function ?? {},
    clock: time,
    random,
    createHandler: options.createHandler,
    observer: report.functionObserver,
    ...(options.faults && { faults: options.faults }),
  });
  const { assumptions, signal } = options;
  const machine = new MappingMachine({
    mapping,
    source,
    observer: report,
    newRequestId: () => uuid(random),
    ...(assumptions && { assumptions }),
  });
  const destination = mapping.DestinationConfig.OnFailure?.Destination;
  const gaveUp = (discard: Discard<SimulatedRecord>): void => {
    const { kind, streamArn } = source;
    const message = onFailureMessage({ kind, streamArn, functionArn, functionVersion, discard, at: time.date() });
    if (!isDeliverable(destination)) report.destinationDeliveryFailures++;
    else report.onFailure.push(keepsPayload(destination) ? onFailureObject(message, discard.event()) : message);
  };
  const driver = new MappingDriver({
    machine,
    reader: refusing(stream, () => options.faults?.refusesRead?.(time.now()) ?? false),
    invoker: simulated,
    clock: time,
    invoking: report.invoking,
    invoked: (shardId, result) => options.onInvocation?.(shardId, result),
    discarded: gaveUp,
    failed: time.fail,
  });
  const put = (arrival: Arrival, index: number, earliestMs: number): void => {
    mustBeArrival(arrival, index, source.kind, earliestMs);
    const record = stream.put(arrival.put, time.date() + Math.min(0, arrival.atMs ?? 0));
    report.put(record);
    driver.arrived(record.shardId);
  };
  const abort = (): void => time.fail(signal?.reason);
  const capture = captureOf(report, time);
  try {
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    let isComplete = false;
    const writing = writeAll(options.records, put, time).then(() => {
      isComplete = true;
    });
    for (const { atMs, split, merge } of options.reshards ?? []) {
      time.setTimeout(() => {
        if (split) stream.splitShard(split);
        if (merge) stream.mergeShards(...merge);
      }, atMs);
    }
    driver.start();
    if (sampleMs !== undefined) sampleEvery(sampleMs, () => report.sample(), time);
    const drained = (async () => {
      await writing;
      // The last records written must be read before an idle mapping means that nothing is left.
      do await time.sleep(2 * pollIntervalMs.kinesis);
      while (!machine.isIdle);
    })();
    const isDrained = await time.runUntil(drained, untilMs);
    // The caller must see why a record was refused.
    if (isDrained) await drained;
    return report.end(mapping, simulated.cost, isComplete);
  } finally {
    void driver.stop();
    simulated.end();
    capture.end();
    signal?.removeEventListener('abort', abort);
  }
}

/** The stream for a mapping without permission, as long as `refuses` says so. */
function refusing(stream: StreamReader<SimulatedRecord>, refuses: () => boolean): StreamReader<SimulatedRecord> {
  const demandPermission = (): void => {
    if (refuses()) throw new Error('the stream refused the read');
  };
  return {
    listShards: () => stream.listShards(),
    openShard: (shardId, position) => {
      const cursor = stream.openShard(shardId, position);
      return {
        read: async (limit) => {
          demandPermission();
          return cursor.read(limit);
        },
      };
    },
  };
}

/** Reports the calls of `did()` and the function's output until it ends. */
function captureOf(report: RunReport, time: VirtualTime): { end(): void } {
  const run = runInProgress();
  if (run) run.capture = report.output.write;
  const stopListening = listenToDid((id) => {
    const isAlive = Fence.current()?.ended === false;
    if (isAlive) report.did.push({ id, atMs: time.now() });
  });
  return {
    end: () => {
      stopListening();
      if (run) delete run.capture;
    },
  };
}

async function writeAll(
  records: Iterable<Arrival>,
  put: (arrival: Arrival, index: number, earliestMs: number) => void,
  time: VirtualTime,
): Promise<void> {
  let index = 0;
  let earliestMs = -Infinity;
  for (const arrival of records) {
    const { atMs = 0 } = Object(arrival) as Partial<Arrival>;
    if (atMs > time.now()) await time.sleep(atMs - time.now());
    put(arrival, index++, earliestMs);
    earliestMs = atMs;
  }
}

function sampleEvery(ms: number, sample: () => void, time: VirtualTime): void {
  time.setTimeout(() => {
    sample();
    sampleEvery(ms, sample, time);
  }, ms);
}
