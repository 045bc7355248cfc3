import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  createEventSourceMapping,
  describeNewMapping,
  type EventSourceMappingError,
  type EventSourceMappingSettings,
} from 'undam/mapping';
import type { Simulation } from '../run-report.ts';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import type { Arrival } from '../stream/simulated-stream.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';
import { Mappings } from './mappings.ts';
import { onFailureKey, onFailureObject } from './on-failure.ts';

/** Recorded on AWS, documented, or (`reading/`) read from somebody else's implementation: see each vector's `source`. */
interface Vector {
  readonly name: string;
  readonly response: unknown;
  readonly expect: Expected;
  readonly source: string;
}

interface Expected {
  readonly config?: { readonly source: 'kinesis' | 'dynamodb'; readonly records: number } & Settings;
  readonly outcome?: string;
  readonly invocations?: number;
  readonly failingRecords?: readonly number[];
  readonly deliveriesPerRecord?: readonly number[];
  readonly batches?: readonly number[];
  readonly onFailure?: {
    readonly condition: string;
    readonly approximateInvokeCount: number;
    readonly batchSize: number;
    readonly responseContext: object | 'ABSENT';
    readonly startRecord?: number;
    readonly endRecord?: number;
  } | null;
  readonly note?: string;
  readonly [other: string]: unknown;
}

type Settings = Partial<EventSourceMappingSettings>;

const vectors = JSON.parse(readFileSync(new URL('fixtures/esm-vectors.json', import.meta.url), 'utf8')) as Vector[];
const byName = (name: string): Vector => vectors.find((vector) => vector.name === name)!;
const streamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders';
const kinesis = { kind: 'kinesis', streamArn } as const;

const checkedBelow = (name: string): boolean => name.startsWith('create/') || name === 'kinesis/create_defaults';
const driven = vectors.filter(({ name }) => !checkedBelow(name));

test('every vector is run', () => {
  expect(vectors).toHaveLength(40);
  expect(driven).toHaveLength(40 - 8);
});

describe('a mapping driven as in the vector', () => {
  test.each(driven.map((vector) => [title(vector), vector] as const))('%s', async (_, vector) => {
    const { expect: expected } = vector;
    const run = await drive(vector);
    const times = (count: number): void => expect(run.invocations.length + run.throttles).toBe(count);
    if (expected.invocations !== undefined) times(expected.invocations);
    const { MaximumRetryAttempts = -1, records = 0 } = expected.config!;
    if (expected.outcome === 'complete_failure' || expected.outcome === 'function_error') {
      times(MaximumRetryAttempts + 1);
      expect(run.records.map(({ deliveries }) => deliveries)).toEqual(Array(records).fill(MaximumRetryAttempts + 1));
    }
    if (expected.outcome === 'complete_success') {
      times(1);
      expect(new Set(run.records.map(({ fate }) => fate))).toEqual(new Set(['processed']));
    }
    if (expected.deliveriesPerRecord) {
      expect(run.records.map(({ deliveries }) => deliveries)).toEqual(expected.deliveriesPerRecord);
    }
    if (expected.batches) expect(run.invocations.map((invocation) => invocation.records)).toEqual(expected.batches);
    if (expected.onFailure === null) expect(run.onFailure).toEqual([]);
    if (expected.onFailure) checkOnFailure(run, expected.onFailure, expected.note ?? '');
    more[vector.name]?.(run, expected);
  });
});

/** What only one vector says. */
const more: Readonly<Record<string, (run: Simulation, expected: Expected) => void>> = {
  'kinesis/sqs_on_failure': (run, expected) => {
    expect(Object.keys(run.onFailure[0]!)).toEqual(expected.topLevelKeys);
    expect(Object.keys(run.onFailure[0]!.KinesisBatchInfo!)).toEqual(expected.kinesisBatchInfoKeys);
    expect(run.onFailure[0]!.version).toBe(expected.version);
  },
  'kinesis/s3_on_failure': (run) => {
    const event = { Records: [{ any: 'record' }] };
    expect(JSON.parse(onFailureObject(run.onFailure[0]!, event).payload)).toEqual(event);
    const at = Date.UTC(2026, 1, 3, 4, 5, 6);
    const key = 'aws/lambda/mapping/shardId-1/2026/02/03/2026-02-03T04.05.06-uuid';
    expect(onFailureKey('mapping', 'shardId-1', at, 'uuid')).toBe(key);
  },
  'doc/bisect_on_error': (run, { config }) => {
    expect(run.invocations.slice(0, 3).map(({ records }) => records)).toEqual([10, 5, 3]);
    // The retry quota of each lone record is untouched by the splits before.
    expect(run.onFailure.map(({ requestContext }) => requestContext.approximateInvokeCount)).toEqual(
      Array(10).fill(config!.MaximumRetryAttempts! + 1),
    );
  },
  'doc/throttle_before_invocation': (run) => {
    expect(run.invocations).toEqual([]);
    expect(run.throttles).toBeGreaterThan(1);
    expect(run.records.map(({ fate }) => fate)).toEqual(['expired']);
  },
};

function checkOnFailure(run: Simulation, expected: NonNullable<Expected['onFailure']>, note: string): void {
  expect(run.onFailure).toHaveLength(1);
  const [message] = run.onFailure;
  const { condition, approximateInvokeCount } = message!.requestContext;
  expect(condition).toBe(expected.condition);
  if (note.includes('timing dependent')) {
    expect(approximateInvokeCount).toBeGreaterThanOrEqual(1);
    expect(approximateInvokeCount).toBeLessThanOrEqual(2 * expected.approximateInvokeCount);
  } else {
    expect(approximateInvokeCount).toBe(expected.approximateInvokeCount);
  }
  if (expected.responseContext === 'ABSENT') expect(message).not.toHaveProperty('responseContext');
  else expect(message!.responseContext).toEqual(expected.responseContext);
  const info = message!.KinesisBatchInfo ?? message!.DDBStreamBatchInfo;
  expect(info!.batchSize).toBe(expected.batchSize);
  if (expected.startRecord === undefined) return;
  const sequenceNumber = (number: number): string => run.records[number - 1]!.record.sequenceNumber;
  expect(info!.startSequenceNumber).toBe(sequenceNumber(expected.startRecord));
  expect(info!.endSequenceNumber).toBe(sequenceNumber(expected.endRecord!));
}

function title({ name, source }: Vector): string {
  return /reading only/.test(source) ? `${name} (an assumption: nobody has seen it on AWS)` : name;
}

function drive({ response, expect: { config, failingRecords } }: Vector): Promise<Simulation> {
  const { source, records, ...mapping } = config!;
  const handler = (event: { Records: readonly object[] }): unknown => answerTo(response, event, failingRecords);
  const options: SimulationOptions = {
    handler: () => handler as never,
    stream: { kind: source },
    records: Array.from({ length: records }, (_, index) => arrival(source, index + 1)),
    mapping,
    ...(isSpecial(response, '$throttle') && { faults: { throttles: () => true } }),
  };
  return runSimulation(new VirtualTime(), options);
}

function arrival(kind: 'kinesis' | 'dynamodb', number: number): Arrival {
  if (kind === 'kinesis') return { put: { partitionKey: 'key', data: String(number) } };
  const Keys = { id: { S: 'key' } };
  return { put: { eventName: 'MODIFY', Keys, NewImage: { ...Keys, number: { N: String(number) } } } };
}

interface AnyRecord {
  readonly kinesis?: { readonly sequenceNumber: string; readonly data: string };
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

function answerTo(
  response: unknown,
  event: { Records: readonly AnyRecord[] },
  failing: readonly number[] = [],
): unknown {
  if (isSpecial(response, '$throw')) throw new Error('always');
  if (isSpecial(response, '$timeout')) return new Promise(() => {});
  if (isSpecial(response, '$perInvocation')) {
    const failed = event.Records.filter((record) => failing.includes(numberOf(record)));
    return { batchItemFailures: failed.map((record) => ({ itemIdentifier: sequenceNumberOf(record) })) };
  }
  const second = event.Records[1] ? sequenceNumberOf(event.Records[1]) : '';
  return JSON.parse(JSON.stringify(response).replaceAll('<seq 2>', second).replaceAll('<not in batch>', '7'));
}

function isSpecial(response: unknown, name: string): boolean {
  return typeof response === 'object' && response !== null && name in response;
}

describe('a mapping created as in the vector', () => {
  const create = (settings: unknown, kind: 'kinesis' | 'dynamodb' = 'kinesis') =>
    createEventSourceMapping(settings as EventSourceMappingSettings, { ...kinesis, kind }, 0);
  const errorOf = (run: () => unknown): EventSourceMappingError => {
    try {
      run();
    } catch (error) {
      return error as EventSourceMappingError;
    }
    throw new Error('expected an error');
  };
  const position = { StartingPosition: 'TRIM_HORIZON' } as const;
  const twice = (): unknown => {
    const mappings = new Mappings([kinesis]);
    mappings.create('function', streamArn, position, 0);
    return mappings.create('function', streamArn, position, 0);
  };

  test('kinesis/create_defaults', () => {
    expect(describeNewMapping(create(position))).toMatchObject(byName('kinesis/create_defaults').expect.echo as object);
  });

  const refused: Readonly<Record<string, () => unknown>> = {
    'create/duplicate_mapping': twice,
    'create/unknown_stream': () => new Mappings([]).create('function', streamArn, position, 0),
    'create/missing_starting_position': () => create({}),
    'create/invalid_starting_position': () => create({ StartingPosition: 'invalid' }),
    'create/dynamodb_at_timestamp': () => create({ StartingPosition: 'AT_TIMESTAMP' }, 'dynamodb'),
    'create/invalid_filter_pattern': () =>
      create({ ...position, FilterCriteria: { Filters: [{ Pattern: '{"a":"b"}' }] } }),
  };

  test.each(Object.entries(refused))('%s', (name, run) => {
    const { error, message, messageStartsWith, httpStatus = 400 } = byName(name).expect as Record<string, string>;
    expect(errorOf(run)).toMatchObject({ name: error, httpStatus });
    if (message !== undefined) expect(errorOf(run).message).toBe(message);
    if (messageStartsWith !== undefined) expect(errorOf(run).message.startsWith(messageStartsWith)).toBe(true);
  });

  test('create/record_age_below_60', () => {
    const { values, accepted_values } = byName('create/record_age_below_60').expect as Record<string, number[]>;
    const withAge = (MaximumRecordAgeInSeconds: number) => () => create({ ...position, MaximumRecordAgeInSeconds });
    for (const age of values!) expect(errorOf(withAge(age)).name).toBe('InvalidParameterValueException');
    for (const age of accepted_values!) expect(withAge(age)).not.toThrow();
  });
});
