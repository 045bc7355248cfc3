import { readFileSync } from 'node:fs';
import type { EventSourceMappingSettings } from 'undam/mapping';
import type { RecordReport, Simulation } from '../report/result.ts';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import type { Arrival } from '../stream/simulated-stream.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';

/** Recorded on AWS, documented, or (`reading/`) read from another emulator's source: see each vector's `source`. */
export interface Vector {
  readonly name: string;
  readonly response: unknown;
  readonly expect: Expected;
  readonly source: string | readonly string[];
}

export interface Expected {
  readonly config?: VectorConfig;
  readonly failingRecords?: readonly number[];
  readonly [other: string]: unknown;
}

interface VectorConfig extends Omit<Partial<EventSourceMappingSettings>, 'FilterCriteria' | 'MetricsConfig'> {
  readonly source: 'kinesis' | 'dynamodb';
  readonly records: number;
  readonly eventSource?: 'consumer (EFO)';
}

export const vectors: readonly Vector[] = ['esm-vectors.json', 'esm-vectors-2.json'].flatMap(
  (file) => JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')) as Vector[],
);

export function vectorOf(name: string): Vector {
  const vector = vectors.find((one) => one.name === name);
  if (!vector) throw new Error(`expected the name of a vector, got ${name}`);
  return vector;
}

export const consumerArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/simulated/consumer/recorded:1';

/** One invocation as the function saw it. */
export interface SeenInvocation {
  readonly requestId: string;
  /** Numbers of its records in the order of writing, from 1. */
  readonly numbers: readonly number[];
  readonly event: SeenEvent;
}

export interface SeenEvent {
  readonly Records: readonly AnyRecord[];
  readonly state?: { readonly count?: number };
  readonly window?: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

/** The run of a vector: the simulation's result, and the invocations that the function saw. */
export interface VectorRun {
  readonly simulation: Simulation;
  readonly seen: readonly SeenInvocation[];
}

export interface DriveOptions extends Partial<Omit<SimulationOptions, 'createHandler'>> {
  /** Replaces the vector's own response. */
  readonly answer?: (seen: SeenEvent, numbers: readonly number[]) => unknown;
  readonly handlerMs?: number;
  readonly startDate?: number;
}

/** Runs a vector's records through a mapping with its settings; `more` gives the details that the vector puts in words. */
export async function drive({ response, expect }: Vector, more: DriveOptions = {}): Promise<VectorRun> {
  const { source, records, eventSource, ...config } = expect.config!;
  const { answer, handlerMs = 0, startDate, mapping, ...options } = more;
  const seen: SeenInvocation[] = [];
  const time = new VirtualTime(startDate);
  const handler = async (event: SeenEvent, context: { readonly awsRequestId: string }): Promise<unknown> => {
    const numbers = event.Records.map(numberOf);
    seen.push({ requestId: context.awsRequestId, numbers, event: structuredClone(event) });
    if (handlerMs > 0) await time.sleep(handlerMs);
    return answer ? answer(event, numbers) : answerTo(response, event, expect.failingRecords);
  };
  const simulation = await runSimulation(time, {
    createHandler: () => handler as never,
    stream: { kind: source, ...(eventSource && { consumerArn }) },
    records: Array.from({ length: records }, (_, index) => arrival(source, index + 1)),
    mapping: { ...settingsOf(config), ...mapping },
    function: { coldStartMs: 0, ...(isOnAlias(expect) && onAlias) },
    ...(isSpecial(response, '$throttle') && { faults: { throttles: () => true } }),
    ...options,
  });
  return { simulation, seen };
}

/** The test gives the settings that a vector puts in words. */
function settingsOf(config: object): Partial<EventSourceMappingSettings> {
  const inWords = ['FilterCriteria', 'MetricsConfig', 'MaxRecordSizeInKiB'];
  return Object.fromEntries(Object.entries(config).filter(([name]) => !inWords.includes(name)));
}

/** Recorded behind an alias of version 1. */
const onAlias = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:recorded:alias',
  functionVersion: '1',
} as const;

function isOnAlias(expect: Expected): boolean {
  return JSON.stringify(expect).includes('"executedVersion":"1"');
}

export function arrival(kind: 'kinesis' | 'dynamodb', number: number, atMs = 0): Arrival {
  if (kind === 'kinesis') return { atMs, put: { partitionKey: 'key', data: String(number) } };
  const Keys = { id: { S: 'key' } };
  const keep = { BOOL: number % 2 === 0 };
  return { atMs, put: { eventName: 'MODIFY', Keys, NewImage: { ...Keys, keep, number: { N: String(number) } } } };
}

interface AnyRecord {
  readonly eventID: string;
  readonly kinesis?: {
    readonly sequenceNumber: string;
    readonly data: string;
    readonly partitionKey: string;
    readonly approximateArrivalTimestamp: number;
  };
  readonly dynamodb?: {
    readonly SequenceNumber: string;
    readonly NewImage: { readonly number: { readonly N: string } };
  };
}

const sequenceNumberOf = ({ kinesis, dynamodb }: AnyRecord): string =>
  (kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber)!;

function numberOf({ kinesis, dynamodb }: AnyRecord): number {
  return Number(kinesis ? Buffer.from(kinesis.data, 'base64') : dynamodb!.NewImage.number.N);
}

function answerTo(response: unknown, { Records, state }: SeenEvent, failing: readonly number[] = []): unknown {
  const failed = Records.filter((record) => failing.includes(numberOf(record)));
  if (isSpecial(response, '$throw')) throw new Error('always');
  if (isSpecial(response, '$throwIfFailing')) {
    if (failed.length > 0) throw new Error('failing');
    return null;
  }
  if (isSpecial(response, '$timeout')) return new Promise(() => {});
  if (isSpecial(response, '$perInvocation')) {
    return { batchItemFailures: failed.map((record) => ({ itemIdentifier: sequenceNumberOf(record) })) };
  }
  if (isSpecial(response, '$state')) return { state: { count: (state?.count ?? 0) + Records.length } };
  const second = Records[1] ? sequenceNumberOf(Records[1]) : '';
  return JSON.parse(JSON.stringify(response).replaceAll('<seq 2>', second).replaceAll('<not in batch>', '7'));
}

function isSpecial(response: unknown, name: string): boolean {
  return typeof response === 'object' && response !== null && name in response;
}

/** The fates by the names of the recordings, in which a record that was passed though reported counts as processed. */
export function recordedFates(records: readonly RecordReport[]): string[] {
  return records.map(({ fate }) => (fate === 'passed-though-reported' ? 'processed' : fate));
}
