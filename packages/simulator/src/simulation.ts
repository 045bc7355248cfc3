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
import { type OnFailureMessage, onFailureMessage } from './mapping/on-failure.ts';
import type { EventSource, InvocationResult } from './mapping/ports.ts';
import { pollIntervalMs } from './mapping/shard.ts';
import { RunReport, type Simulation } from './run-report.ts';
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
 * @throws EventSourceMappingError for settings that AWS refuses
 */
export async function runSimulation(time: VirtualTime, options: SimulationOptions): Promise<Simulation> {
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
  const onFailure = (discard: Parameters<typeof message>[1]): OnFailureMessage =>
    message(source, discard, functionArn, uuid(random), time.date());
  const driver = new MappingDriver({
    machine,
    reader: stream,
    invoker: simulated,
    clock: time,
    invoking: report.invoking,
    invoked: (shardId, result) => options.onInvocation?.(shardId, result),
    discarded: (_, discard) => report.onFailure.push(onFailure(discard)),
  });
  const writing = writeAll(options.records, (arrival) => report.put(stream.put(arrival.put)), time);
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
  await time.runUntil(drained, untilMs);
  void driver.stop();
  return report.end(simulated.cost);
}

type Records = readonly SimulatedRecord[];

function message(
  source: EventSource<SimulatedRecord>,
  discard: { readonly records: Records } & Parameters<typeof onFailureMessage<SimulatedRecord>>[0]['discard'],
  functionArn: string,
  requestId: string,
  at: number,
): OnFailureMessage {
  return onFailureMessage({ kind: source.kind, streamArn: source.streamArn, functionArn, requestId, discard, at });
}

async function writeAll(records: Iterable<Arrival>, put: (arrival: Arrival) => void, time: VirtualTime): Promise<void> {
  for (const arrival of records) {
    const { atMs = 0 } = arrival;
    if (atMs > time.now()) await time.sleep(atMs - time.now());
    put(arrival);
  }
}

function sampleEvery(ms: number, sample: () => void, time: VirtualTime): void {
  time.setTimeout(() => {
    sample();
    sampleEvery(ms, sample, time);
  }, ms);
}
