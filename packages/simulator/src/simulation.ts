import { createEventSourceMapping, type EventSourceMappingSettings } from 'undam/mapping';
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
import { MappingMachine } from './mapping/event-source-mapping.ts';
import { isDeliverable, keepsPayload, onFailureMessage, onFailureObject } from './mapping/on-failure.ts';
import type { InvocationResult } from './mapping/ports.ts';
import type { Discard } from './mapping/retries.ts';
import { pollIntervalMs } from './mapping/shard.ts';
import { RunReport, type Simulation } from './run-report.ts';
import { mustBeArrival, mustBeSimulationOptions } from './simulation-options.ts';
import { type Arrival, newStream, type SimulatedRecord, type SimulatedStream } from './stream/simulated-stream.ts';
import { seededRandom } from './virtual/random.ts';
import type { VirtualTime } from './virtual/virtual-time.ts';

/** A stream, a mapping and a function. Times in milliseconds of virtual time. */
export interface SimulationOptions {
  /** Runs at every cold start; what it closes over is the environment's own. */
  readonly handler: (environment: SimulatedEnvironment) => SimulatedHandler | Promise<SimulatedHandler>;
  /** What is written to the stream, in order of time. An iterable that is read as time passes. */
  readonly records: Iterable<Arrival>;
  /** Default `kinesis`. */
  readonly stream?: SimulatedStream;
  /** Default `StartingPosition` is `TRIM_HORIZON`; everything else as at AWS. */
  readonly mapping?: Partial<EventSourceMappingSettings>;
  readonly function?: FunctionSettings;
  /** What AWS does not document. */
  readonly assumptions?: Partial<MappingAssumptions>;
  /** A run is a function of its options and this. Default 1. */
  readonly seed?: number | string;
  /** When to end at the latest. Default: 14 days. A run ends before that once everything that was written is passed. */
  readonly untilMs?: number;
  readonly faults?: InvocationFaults;
  /** Things that happen to the stream: `split` halves an open shard, `merge` joins two. */
  readonly reshards?: readonly Reshard[];
  /** How often `iteratorAge` is sampled. Default: never. */
  readonly sampleMs?: number;
  /** Called after each invocation. */
  readonly onInvocation?: (shardId: string, result: InvocationResult) => void;
}

export interface Reshard {
  readonly atMs: number;
  readonly split?: string;
  readonly merge?: readonly [string, string];
}

/**
 * Runs a simulation on a virtual time of its own; the handler has to live in that time (see `simulate`).
 *
 * @throws EventSourceMappingError for settings that AWS refuses; TypeError, RangeError for other options
 */
export async function runSimulation(time: VirtualTime, options: SimulationOptions): Promise<Simulation> {
  mustBeSimulationOptions(options);
  const { seed = 1, untilMs = 14 * 86_400_000, sampleMs } = options;
  const { source, stream } = newStream(options.stream ?? {}, time);
  const settings = { StartingPosition: 'TRIM_HORIZON', ...options.mapping } as const;
  const mapping = createEventSourceMapping(settings, source, time.date());
  const functionArn = options.function?.functionArn ?? functionDefaults.functionArn;
  const random = seededRandom(`${seed}:function`);
  const report = new RunReport(time, source.retentionMs);
  const simulated = new SimulatedFunction({
    settings: options.function ?? {},
    clock: time,
    random,
    createHandler: options.handler,
    observer: report.functionObserver,
    ...(options.faults && { faults: options.faults }),
  });
  const { assumptions } = options;
  const machine = new MappingMachine({ mapping, source, observer: report, ...(assumptions && { assumptions }) });
  const destination = mapping.DestinationConfig.OnFailure?.Destination;
  const gaveUp = (discard: Discard<SimulatedRecord>): void => {
    const { kind, streamArn } = source;
    const requestId = uuid(random);
    const message = onFailureMessage({ kind, streamArn, functionArn, requestId, discard, at: time.date() });
    const event = { Records: discard.records.map((record) => source.eventRecord(record)) };
    if (!isDeliverable(destination)) report.destinationDeliveryFailures++;
    else report.onFailure.push(keepsPayload(destination) ? onFailureObject(message, event) : message);
  };
  const driver = new MappingDriver({
    machine,
    reader: stream,
    invoker: simulated,
    clock: time,
    invoking: report.invoking,
    invoked: (shardId, result) => options.onInvocation?.(shardId, result),
    discarded: (_, discard) => gaveUp(discard),
  });
  const put = (arrival: Arrival, index: number, earliestMs: number): void => {
    mustBeArrival(arrival, index, source.kind, earliestMs);
    report.put(stream.put(arrival.put));
  };
  const writing = writeAll(options.records, put, time);
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
    // What was written last has to be read before an idle mapping is one that has nothing left.
    do await time.sleep(2 * pollIntervalMs.kinesis);
    while (!machine.isIdle);
  })();
  const isDrained = await time.runUntil(drained, untilMs);
  void driver.stop();
  // What refused a record is the caller's to know.
  if (isDrained) await drained;
  return report.end(simulated.cost);
}

async function writeAll(
  records: Iterable<Arrival>,
  put: (arrival: Arrival, index: number, earliestMs: number) => void,
  time: VirtualTime,
): Promise<void> {
  let index = 0;
  let earliestMs = 0;
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
