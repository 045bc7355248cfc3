import { mustBeAssumptions } from './mapping/assumptions.ts';
import type { SimulationOptions } from './simulation.ts';
import { hashKeys } from './stream/hash-ranges.ts';
import type { Arrival } from './stream/simulated-stream.ts';

const optionNames = [
  'handler',
  'createHandler',
  'records',
  'stream',
  'mapping',
  'function',
  'assumptions',
  'seed',
  'untilMs',
  'faults',
  'reshards',
  'sampleMs',
  'onInvocation',
  'signal',
  'startDate',
  'exportName',
  'variables',
  'loader',
  'stubs',
];

const streamNames = ['kind', 'shards', 'retentionHours', 'streamArn', 'consumerArn'];

/** Epoch milliseconds: the end of the year 9999. */
const latestDate = 253_402_300_799_999;

/** Bounds of the function's numbers; the longest time-out is that of Lambda Managed Instances. */
const functionBounds: Readonly<Record<string, readonly [min: number, max: number]>> = {
  timeoutMs: [1, 5_400_000],
  memorySizeMb: [128, 10_240],
  reservedConcurrency: [0, Infinity],
  accountConcurrency: [0, Infinity],
  coldStartMs: [0, Infinity],
  recycleAfterMs: [0, Infinity],
};

/**
 * Checks the options of a simulation, except for the mapping's settings, which Lambda itself refuses.
 *
 * @throws TypeError or RangeError with the expected and the given value
 */
export function mustBeSimulationOptions(options: Omit<SimulationOptions, 'createHandler'>): void {
  mustBeKnown('', options, optionNames);
  if (typeof (options.records as unknown as Record<symbol, unknown>)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`records: expected an iterable of { atMs, put }, got ${String(options.records)}`);
  }
  const { stream = {}, untilMs = 0, sampleMs = 1, reshards = [] } = options;
  const { startDate = 0 } = options as { readonly startDate?: unknown };
  mustBeWithin('startDate', startDate, 0, latestDate);
  mustBeKnown('stream.', stream, streamNames);
  const { kind = 'kinesis', shards = 1, retentionHours = 24, consumerArn } = stream;
  if (kind !== 'kinesis' && kind !== 'dynamodb')
    throw new TypeError(`stream.kind: expected kinesis or dynamodb, got ${kind}`);
  if (consumerArn !== undefined && !(kind === 'kinesis' && /^arn:[\w-]+:kinesis:.*\/consumer\//.test(consumerArn))) {
    const expected = 'expected the ARN of a consumer of a Kinesis stream (…:stream/NAME/consumer/NAME:TIMESTAMP)';
    throw new TypeError(`stream.consumerArn: ${expected}, got ${String(consumerArn)}`);
  }
  mustBeWithin('stream.shards', shards, 1, 10_000);
  if (!Number.isInteger(shards)) throw new RangeError(`stream.shards: expected a whole number, got ${shards}`);
  mustBeWithin('stream.retentionHours', retentionHours, 0, 8_760);
  mustBeWithin('untilMs', untilMs, 0, Number.MAX_SAFE_INTEGER);
  mustBeWithin('sampleMs', sampleMs, 1, Number.MAX_SAFE_INTEGER);
  for (const [index, reshard] of reshards.entries()) {
    mustBeKnown(`reshards[${index}].`, reshard, ['atMs', 'split', 'merge']);
    mustBeWithin(`reshards[${index}].atMs`, reshard.atMs, 0, Number.MAX_SAFE_INTEGER);
  }
  const settings: Readonly<Record<string, unknown>> = { ...options.function };
  mustBeKnown('function.', settings, [...Object.keys(functionBounds), 'functionArn', 'functionVersion']);
  for (const [name, [min, max]] of Object.entries(functionBounds)) {
    if (settings[name] !== undefined) mustBeWithin(`function.${name}`, settings[name], min, max);
  }
  mustBeAssumptions(options.assumptions ?? {});
}

/**
 * Checks one arrival.
 *
 * @param earliestMs `atMs` of the arrival before it
 * @throws TypeError or RangeError with the expected and the given value
 */
export function mustBeArrival(arrival: Arrival, index: number, kind: 'kinesis' | 'dynamodb', earliestMs: number): void {
  const { atMs = 0, put } = Object(arrival) as Partial<Arrival>;
  const name = `records[${index}]`;
  if (!Number.isFinite(atMs)) throw new RangeError(`${name}.atMs: expected milliseconds, got ${String(atMs)}`);
  if (atMs < earliestMs) {
    throw new RangeError(`${name}.atMs: expected records in order of time, got ${atMs} after ${earliestMs}`);
  }
  const given = Object(put) as Readonly<Record<string, unknown>>;
  if (kind === 'dynamodb') {
    if (typeof given.Keys === 'object' && given.Keys !== null && typeof given.eventName === 'string') return;
    throw new TypeError(`${name}.put: expected { eventName, Keys, … } for a DynamoDB stream`);
  }
  const { explicitHashKey } = given;
  if (explicitHashKey !== undefined && !isHashKey(explicitHashKey)) {
    throw new TypeError(
      `${name}.put.explicitHashKey: expected decimal digits below 2^128, got ${String(explicitHashKey)}`,
    );
  }
  const isPayload = typeof given.data === 'string' || ArrayBuffer.isView(given.data);
  if (isPayload && (given.partitionKey === undefined || typeof given.partitionKey === 'string')) return;
  throw new TypeError(`${name}.put: expected { partitionKey, data } with data as text or bytes`);
}

function isHashKey(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,39}$/.test(value) && BigInt(value) < hashKeys;
}

function mustBeKnown(prefix: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      throw new TypeError(`${prefix}${name}: unknown option; expected one of ${known.join(', ')}`);
  }
}

function mustBeWithin(name: string, value: unknown, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return;
  const bounds = max === Infinity ? `${min} or more` : `a number from ${min} to ${max}`;
  throw new RangeError(`${name}: expected ${bounds}, got ${String(value)}`);
}
