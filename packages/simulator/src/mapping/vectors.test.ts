// One test for each vector recorded on AWS, all by the same table: as long as there are vectors.
import { describe, expect, test } from '@jest/globals';
import { kplAggregate } from '../stream/kpl-aggregate.ts';
import type { Arrival } from '../stream/simulated-stream.ts';
import { isCreated } from './created-vectors.fixture.ts';
import { onFailureKey, onFailureObject } from './on-failure.ts';
import { unmodelledRecordings } from './unmodelled-recordings.ts';
import {
  arrival,
  consumerArn,
  type DriveOptions,
  drive,
  type Expected,
  recordedFates,
  type Vector,
  type VectorRun,
  vectorOf,
  vectors,
} from './vectors.fixture.ts';

const driven = vectors.filter(({ name }) => !isCreated(name) && !(name in unmodelledRecordings));

test('every vector of both files is driven, created or listed as a fact only', () => {
  expect(vectors).toHaveLength(40 + 44);
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(84);
  expect(Object.keys(unmodelledRecordings).filter((name) => !vectors.some((vector) => vector.name === name))).toEqual(
    [],
  );
  // `created-vectors.test.ts` counts the others.
  expect(driven).toHaveLength(32 + 25);
});

describe('a mapping driven as in the vector', () => {
  test.each(driven.map((vector) => [title(vector), vector] as const))('%s', async (_, vector) => {
    const run = await drive(vector, inWords[vector.name] ?? {});
    const own = more[vector.name] ?? {};
    for (const [key, value] of Object.entries(vector.expect)) {
      const check = own[key] ?? checks[key];
      if (!check) throw new Error(`${vector.name}: nothing here checks its expectation ${key}`);
      check(run, value, vector.expect);
    }
  });
});

type Check = (run: VectorRun, value: unknown, expected: Expected) => void;

/** Remarks, and what the drive itself takes from the vector. */
const given: Check = () => {};

const invocations = ({ simulation }: VectorRun): number => simulation.invocations.length + simulation.throttles;

/** What an expectation of this name means in any vector. */
const checks: Readonly<Record<string, Check>> = {
  config: given,
  failingRecords: given,
  note: given,
  invocations: (run, count) => expect(invocations(run)).toBe(count),
  outcome: (run, outcome, expected) => checkOutcome(run, outcome, expected),
  deliveriesPerRecord: ({ simulation }, deliveries) =>
    expect(simulation.records.map((record) => record.deliveries)).toEqual(deliveries),
  batches: ({ seen }, batches) => expect(seen.map(({ numbers }) => numbers.length)).toEqual(batches),
  sequence: ({ seen }, sequence) => expect(seen.map(({ numbers }) => numbers)).toEqual(sequence),
  requestIds: (run, pattern) => expect(letters(run).join()).toBe(pattern),
  fates: ({ simulation }, fates) => expect(recordedFates(simulation.records)).toEqual(fates),
  onFailure: (run, message, { note }) => checkOnFailure(run, message, String(note)),
  topLevelKeys: ({ simulation }, keys) => expect(Object.keys(simulation.onFailure[0]!)).toEqual(keys),
  version: ({ simulation }, version) => expect(simulation.onFailure[0]!.version).toBe(version),
  kinesisBatchInfoKeys: ({ simulation }, keys) =>
    expect(Object.keys(simulation.onFailure[0]!.KinesisBatchInfo!)).toEqual(keys),
  countsAsAttempt: (run, counts) => expect(run.simulation.invocations.length > 0).toBe(counts),
  eventRecords: ({ seen }, count) => expect(seen.flatMap(({ numbers }) => numbers)).toHaveLength(Number(count)),
};

function checkOutcome({ simulation, ...run }: VectorRun, outcome: unknown, { config }: Expected): void {
  const { MaximumRetryAttempts = -1, records } = config!;
  const all = (times: number): void => {
    expect(invocations({ simulation, ...run })).toBe(times);
    expect(simulation.records.map(({ deliveries }) => deliveries)).toEqual(Array(records).fill(times));
  };
  if (outcome === 'complete_failure' || outcome === 'function_error') all(MaximumRetryAttempts + 1);
  else if (outcome === 'complete_success') {
    all(1);
    expect(new Set(recordedFates(simulation.records))).toEqual(new Set(['processed']));
  } else expect(outcome).toBe('split_in_two');
}

interface ExpectedMessage {
  readonly condition: string;
  readonly approximateInvokeCount: number;
  readonly batchSize: number;
  readonly responseContext: object | 'ABSENT';
  readonly startRecord?: number;
  readonly endRecord?: number;
  readonly requestIdOf?: string;
  readonly streamArn?: string;
}

function checkOnFailure(run: VectorRun, expected: unknown, note: string): void {
  if (expected === 'no destination configured') return;
  const messages = [expected ?? []].flat() as ExpectedMessage[];
  expect(run.simulation.onFailure).toHaveLength(messages.length);
  for (const [index, message] of messages.entries()) checkMessage(run, index, message, note);
}

const messageKeys = [
  'condition',
  'approximateInvokeCount',
  'batchSize',
  'responseContext',
  'startRecord',
  'endRecord',
  'requestIdOf',
  'streamArn',
];

function checkMessage(run: VectorRun, index: number, expected: ExpectedMessage, note: string): void {
  expect(Object.keys(expected).filter((key) => !messageKeys.includes(key))).toEqual([]);
  const { records, onFailure } = run.simulation;
  const message = onFailure[index]!;
  const { condition, approximateInvokeCount, requestId } = message.requestContext;
  expect(condition).toBe(expected.condition);
  if (note.includes('timing dependent')) expect(approximateInvokeCount).toBeGreaterThanOrEqual(1);
  else expect(approximateInvokeCount).toBe(expected.approximateInvokeCount);
  if (expected.responseContext === 'ABSENT') expect(message).not.toHaveProperty('responseContext');
  else expect(message.responseContext).toEqual(expected.responseContext);
  const info = message.KinesisBatchInfo ?? message.DDBStreamBatchInfo;
  expect(info!.batchSize).toBe(expected.batchSize);
  if (expected.startRecord !== undefined) {
    const numberOf = (sequenceNumber: string | undefined): number =>
      records.findIndex(({ record }) => record.sequenceNumber === sequenceNumber) + 1;
    expect([info!.startSequenceNumber, info!.endSequenceNumber].map(numberOf)).toEqual([
      expected.startRecord,
      expected.endRecord,
    ]);
  }
  if (expected.requestIdOf !== undefined) {
    const letter = letters(run)[run.seen.findIndex((invocation) => invocation.requestId === requestId)];
    expect(letter ?? 'none of the invocations').toBe(expected.requestIdOf);
    // A message of its own has an id of its own.
    const sharing = onFailure.filter((other) => other.requestContext.requestId === requestId);
    expect(sharing).toEqual([message]);
  }
  if (expected.streamArn !== undefined) expect(info!.streamArn).toBe(consumerArn);
}

/** A, B, C … for the request ids in the order in which they came. */
function letters({ seen }: VectorRun): string[] {
  const ids = [...new Set(seen.map(({ requestId }) => requestId))];
  return seen.map(({ requestId }) => String.fromCharCode(65 + ids.indexOf(requestId)));
}

const day = (time: string): number => Date.parse(`2026-09-17T${time}Z`);
const fromStart = (start: string, times: readonly string[]): Arrival[] =>
  times.map((time, index) => arrival('dynamodb', index + 1, day(time) - day(start)));
const withAggregates = (...puts: readonly (readonly number[])[]): Arrival[] =>
  puts.map((numbers, index) => {
    const data = kplAggregate(
      numbers.map((number) => ({
        partitionKey: 'key',
        data: Buffer.from(String(Math.abs(number))),
        // A negative number stands for one whose hash key is outside the shard.
        ...(number < 0 && { explicitHashKey: String(2n ** 128n - 1n) }),
      })),
    );
    const put =
      index === puts.length - 1 && numbers.length === 1 && puts.length > 1 ? { data: String(numbers[0]) } : { data };
    return { put: { partitionKey: 'key', explicitHashKey: '0', ...put } };
  });
const mixedAggregates = withAggregates([1], [2, -3, 4], [5]);

/** What a vector says in words: when its records were written, and what they hold. */
const inWords: Readonly<Record<string, DriveOptions>> = {
  'stackd/dynamodb/maximum_age_before_invocation': { records: [arrival('dynamodb', 1, -144_000)] },
  'stackd/dynamodb/filter': {
    mapping: { FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"NewImage":{"keep":{"BOOL":[true]}}}}' }] } },
  },
  'stackd/kinesis/window_over_while_idle_efo': {
    records: [10_000, 20_000, 20_600, 30_000, 30_600, 40_000, 40_600, 50_000].map((atMs, index) =>
      arrival('kinesis', index + 1, atMs),
    ),
  },
  'stackd/kinesis/two_expired_records_batch_size_1': {
    records: [-70_000, -65_000, 0].map((atMs, index) => arrival('kinesis', index + 1, atMs)),
  },
  'stackd/kinesis/kpl_shared_is_opaque': {
    mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 0 },
    records: withAggregates([1, 2, 3]),
  },
  'stackd/kinesis/kpl_efo_is_taken_apart': {
    mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 0 },
    records: withAggregates([1, 2, 3]),
  },
  'stackd/kinesis/kpl_efo_foreign_hash_drops_the_whole_aggregate': {
    records: mixedAggregates,
    stream: { shards: 2, consumerArn },
  },
  'stackd/kinesis/kpl_shared_foreign_hash_is_delivered': { records: mixedAggregates, stream: { shards: 2 } },
  'stackd/kinesis/reshard_order': {
    // One record in each of the four shards: the parent, its two children, and the shard that these were merged into.
    records: [0, 200, 201, 400].map((atMs, index) => ({
      atMs,
      put: { partitionKey: 'key', explicitHashKey: index === 2 ? String(2n ** 127n) : '0', data: String(index + 1) },
    })),
    reshards: [
      { atMs: 100, split: 'shardId-000000000000' },
      { atMs: 300, merge: ['shardId-000000000001', 'shardId-000000000002'] },
    ],
    handlerMs: 2_000,
  },
  'stackd/kinesis/one_shard_serial': { handlerMs: 2_000 },
  'stackd/kinesis/at_timestamp': {
    mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: Date.UTC(2025, 0, 1) },
    records: [-3_000, 3_000].map((atMs, index) => arrival('kinesis', index + 1, atMs)),
  },
  'stackd/kinesis/latest_created_enabled': {
    records: [0, 70_000].map((atMs, index) => arrival('kinesis', index + 1, atMs)),
  },
  'stackd/kinesis/oversized_standard_R0': { records: withOversized() },
  'stackd/kinesis/oversized_consumer_R2': { records: withOversized() },
  'stackd/dynamodb/permission_revoked': { faults: { refusesRead: (now) => now < 30_000 } },
  'stackd/dynamodb/tumbling': {
    startDate: day('14:00:00'),
    records: fromStart('14:00:00', ['14:00:01', '14:00:02', '14:00:03', '14:00:04', '14:00:36']),
    untilMs: 60_000,
  },
  'stackd/dynamodb/window_final_fails_R0': {
    startDate: day('14:11:10'),
    records: fromStart('14:11:10', ['14:11:11', '14:11:15', '14:13:12', '14:14:03']),
    untilMs: day('14:15:00') - day('14:11:10'),
    answer: finalFailsOnce(),
  },
  'stackd/dynamodb/window_oversized_state': {
    startDate: day('14:14:50'),
    records: fromStart('14:14:50', ['14:14:51', '14:17:02', '14:17:52']),
    untilMs: day('14:19:00') - day('14:14:50'),
    answer: oversizedOnce(),
  },
};

function withOversized(): Arrival[] {
  const large = { atMs: 0, put: { partitionKey: 'key', data: new Uint8Array(5_242_880) } };
  return [arrival('kinesis', 1), large, arrival('kinesis', 3)];
}

function finalFailsOnce(): NonNullable<DriveOptions['answer']> {
  let finals = 0;
  return ({ Records, state, isFinalInvokeForWindow }) => {
    if (isFinalInvokeForWindow && ++finals === 1) throw new Error('the final invocation');
    return { state: { count: (state?.count ?? 0) + Records.length } };
  };
}

function oversizedOnce(): NonNullable<DriveOptions['answer']> {
  let answers = 0;
  return ({ Records, state }) => {
    const count = (state?.count ?? 0) + Records.length;
    return { state: ++answers === 1 ? { count, oversized: 'x'.repeat(1_048_640) } : { count } };
  };
}

interface ExpectedWindow {
  readonly records: readonly number[];
  readonly window: readonly [string, string];
  readonly state: { readonly count?: number; readonly oversized?: string };
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

const checkWindows: Check = ({ seen }, value) => {
  const expected = value as readonly ExpectedWindow[];
  const isCut = (state: object): object => ('oversized' in state ? { ...state, oversized: 'cut' } : state);
  const shown = seen.map(({ numbers, event }) => ({
    records: numbers,
    window: [event.window!.start, event.window!.end].map((time) => time.slice(11)),
    state: isCut(event.state!),
    isFinalInvokeForWindow: event.isFinalInvokeForWindow,
    isWindowTerminatedEarly: event.isWindowTerminatedEarly,
  }));
  expect(shown).toEqual(
    expected.map(({ records, window, state, isFinalInvokeForWindow, isWindowTerminatedEarly }) => ({
      records,
      window,
      state: isCut(state),
      isFinalInvokeForWindow,
      isWindowTerminatedEarly,
    })),
  );
};

/** What only one vector says, and what words of it mean. */
const more: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'kinesis/sqs_on_failure': {
    destination: ({ simulation }) => expect(simulation.onFailure[0]).not.toHaveProperty('payload'),
  },
  'kinesis/s3_on_failure': {
    extraKey: ({ simulation }) => {
      const event = { Records: [{ any: 'record' }] };
      expect(JSON.parse(onFailureObject(simulation.onFailure[0]!, event).payload)).toEqual(event);
    },
    objectKey: () => {
      const at = Date.UTC(2026, 1, 3, 4, 5, 6);
      const key = 'aws/lambda/mapping/shardId-1/2026/02/03/2026-02-03T04.05.06-uuid';
      expect(onFailureKey('mapping', 'shardId-1', at, 'uuid')).toBe(key);
    },
  },
  'kinesis/trim_horizon_backlog': {
    order: ({ seen }) =>
      expect(seen.flatMap(({ numbers }) => numbers)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1)),
  },
  'doc/bisect_on_error': {
    outcome: ({ seen }) => expect(seen.slice(0, 3).map(({ numbers }) => numbers.length)).toEqual([10, 5, 2]),
    // The retry quota of each lone record is whole after the splits before.
    consumesRetryQuota: ({ simulation }, _, { config }) =>
      expect(simulation.onFailure.map(({ requestContext }) => requestContext.approximateInvokeCount)).toEqual(
        Array(10).fill(config!.MaximumRetryAttempts! + 1),
      ),
  },
  'doc/throttle_before_invocation': {
    countsAsAttempt: ({ simulation }) => {
      expect(simulation.invocations).toEqual([]);
      expect(simulation.throttles).toBeGreaterThan(1);
    },
    until: ({ simulation }) => expect(simulation.records.map(({ fate }) => fate)).toEqual(['expired']),
  },
  'stackd/kinesis/partial_off': {
    LastProcessingResult: ({ simulation }) =>
      expect(simulation.records.map(({ fate }) => fate)).toEqual([
        'processed',
        'passed-though-reported',
        'processed',
        'processed',
      ]),
  },
  'stackd/kinesis/partial_bisect': { LastProcessingResult: given },
  'stackd/kinesis/window_over_while_idle_efo': {
    rule: ({ simulation }) => {
      for (const [index, { startedMs }] of simulation.invocations.entries()) {
        const { approximateArrivalTimestamp } = simulation.records[index]!.record;
        const waited = startedMs - (approximateArrivalTimestamp - Date.UTC(2025, 0, 1));
        const before = simulation.invocations[index - 1]?.endedMs;
        if ([2, 4, 6].includes(index)) expect(startedMs - before!).toBe(2_000);
        else if (index > 0) expect(waited).toBeLessThan(100);
      }
    },
  },
  'stackd/kinesis/oversized_standard_R0': { oversizedRecords: given },
  'stackd/kinesis/oversized_consumer_R2': { oversizedRecords: given },
  'stackd/kinesis/two_expired_records_batch_size_1': { expiredRecords: given },
  'stackd/kinesis/kpl_shared_is_opaque': {
    put: given,
    data: ({ seen }) => {
      const [record] = seen[0]!.event.Records;
      expect(Buffer.from(record!.kinesis!.data, 'base64').subarray(0, 4).toString('hex')).toBe('f3899ac2');
    },
  },
  'stackd/kinesis/kpl_efo_is_taken_apart': {
    put: given,
    sameInAllThree: ({ seen }) => {
      const same = seen[0]!.event.Records.map(({ eventID, kinesis }) => {
        const { sequenceNumber, approximateArrivalTimestamp, partitionKey } = kinesis!;
        return JSON.stringify([eventID, sequenceNumber, approximateArrivalTimestamp, partitionKey]);
      });
      expect(new Set(same).size).toBe(1);
    },
    noField: ({ seen }) => {
      const withoutData = seen[0]!.event.Records.map(({ kinesis, ...record }) => ({ ...record, ...kinesis, data: '' }));
      expect(withoutData[1]).toEqual(withoutData[0]);
      expect(seen[0]!.numbers).toEqual([1, 2, 3]);
    },
  },
  'stackd/kinesis/kpl_efo_foreign_hash_drops_the_whole_aggregate': {
    put: given,
    delivered: ({ seen }) => expect(seen.map(({ numbers }) => numbers)).toEqual([[1, 5]]),
    missing: ({ simulation }) => {
      expect(simulation.records.map(({ fate }) => fate)).toEqual(['processed', 'dropped', 'processed']);
      expect(simulation.onFailure).toEqual([]);
    },
  },
  'stackd/kinesis/kpl_shared_foreign_hash_is_delivered': {
    put: given,
    data: ({ seen }) => {
      const starts = seen[0]!.event.Records.map(({ kinesis }) => Buffer.from(kinesis!.data, 'base64').subarray(0, 4));
      expect(starts.map((start) => start.toString('hex'))).toEqual(['f3899ac2', 'f3899ac2', '35']);
    },
  },
  'stackd/kinesis/reshard_order': {
    topology: ({ seen }) => expect(seen.map(({ numbers }) => numbers)).toEqual([[1], [2], [3], [4]]),
    handlerMs: given,
    order: ({
      simulation: {
        invocations: [parent, first, second, merged],
      },
    }) => {
      expect(parent!.endedMs).toBeLessThanOrEqual(first!.startedMs);
      expect(second!.startedMs).toBeLessThan(first!.endedMs);
      expect(merged!.startedMs).toBeGreaterThanOrEqual(Math.max(first!.endedMs, second!.endedMs));
    },
  },
  'stackd/kinesis/one_shard_serial': {
    handlerMs: given,
    order: ({ simulation }) => {
      for (const [index, { startedMs }] of simulation.invocations.entries()) {
        expect(startedMs).toBeGreaterThanOrEqual(simulation.invocations[index - 1]?.endedMs ?? 0);
      }
    },
  },
  'stackd/kinesis/at_timestamp': {
    records: ({ simulation }) =>
      expect(simulation.records.map(({ fate }) => fate)).toEqual(['before-start', 'processed']),
    // Cut off by `createEventSourceMapping`: see its own tests.
    echo: ({ simulation }) => expect(simulation.mapping.StartingPositionTimestamp! % 1_000).toBe(0),
  },
  'stackd/kinesis/latest_created_enabled': {
    records: ({ simulation }) =>
      expect(simulation.records.map(({ fate }) => fate)).toEqual(['before-start', 'processed']),
  },
  'stackd/dynamodb/permission_revoked': {
    rule: ({ simulation: { invocations: all } }) => expect(all[0]!.startedMs).toBeGreaterThanOrEqual(30_000),
  },
  'stackd/dynamodb/tumbling': {
    states: ({ seen }) =>
      expect(seen.map(({ event }) => event.state)).toEqual([
        {},
        { count: 1 },
        { count: 2 },
        { count: 3 },
        { count: 4 },
        {},
      ]),
    final: ({ seen }, final) => expect(seen[4]!.event).toMatchObject(final as object),
    fieldsInEveryEvent: ({ seen }, fields) => {
      for (const { event } of seen) expect(Object.keys(event).sort()).toEqual([...(fields as string[])].sort());
    },
    boundaries: ({ seen }) => {
      for (const { event } of seen) expect(Date.parse(event.window!.start) % 10_000).toBe(0);
    },
    finalWhen: ({
      simulation: {
        invocations: [, , , , final, last],
      },
    }) => expect(last!.startedMs - final!.startedMs).toBeLessThan(100),
  },
  'stackd/dynamodb/window_final_fails_R0': {
    invocationsWithWindow: checkWindows,
    onFailure: ({ simulation: { onFailure } }, value) => {
      const { condition, approximateInvokeCount, responseContext, ...expected } = value as Readonly<
        Record<string, unknown>
      >;
      expect(onFailure).toHaveLength(1);
      const [message] = onFailure;
      expect(message!.requestContext).toMatchObject({ condition, approximateInvokeCount });
      expect(message!.responseContext).toEqual(responseContext);
      expect(Object.keys(message!.DDBStreamBatchInfo!)).toEqual(expected.DDBStreamBatchInfo);
      const { window, ...flags } = expected.timeWindowInfo as { window: readonly string[] };
      expect(Object.keys(message!.timeWindowInfo!.window)).toEqual(window);
      expect(message!.timeWindowInfo).toMatchObject(flags);
      const object = onFailureObject(message!, { Records: [] });
      expect(Object.keys(object).sort()).toEqual([...(expected.envelopeKeys as string[])].sort());
    },
  },
  'stackd/dynamodb/window_oversized_state': { invocationsWithWindow: checkWindows },
};

test('a bucket keeps the event of a final invocation with the fields of its window', async () => {
  const vector = vectorOf('stackd/dynamodb/window_final_fails_R0');
  const Destination = 'arn:aws:s3:::failed';
  const options = {
    ...inWords[vector.name]!,
    answer: finalFailsOnce(),
    mapping: { DestinationConfig: { OnFailure: { Destination } } },
  };
  const { simulation } = await drive(vector, options);
  const { s3PayloadKeys } = vector.expect.onFailure as { s3PayloadKeys: string[] };
  expect(Object.keys(JSON.parse(simulation.onFailure[0]!.payload!)).sort()).toEqual([...s3PayloadKeys].sort());
});

function title({ name, source }: Vector): string {
  return /reading only/.test(String(source)) ? `${name} (an assumption: nobody has seen it on AWS)` : name;
}
