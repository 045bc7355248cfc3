import { describe, expect, test } from '@jest/globals';
import {
  createEventSourceMapping,
  describeNewMapping,
  type EventSourceMappingError,
  type EventSourceMappingSettings,
} from 'undam/mapping';
import { isCreated } from './created-vectors.fixture.ts';
import { Mappings } from './mappings.ts';
import { unmodelledRecordings } from './unmodelled-recordings.ts';
import { type Expected, vectorOf, vectors } from './vectors.fixture.ts';

const kinesis = { kind: 'kinesis', streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' } as const;
const dynamodb = { kind: 'dynamodb', streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s' } as const;
const now = Date.UTC(2026, 8, 17, 14, 0, 0, 500);
const position = { StartingPosition: 'TRIM_HORIZON' } as const;
const filter = { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] };

const create = (settings: object, source: typeof kinesis | typeof dynamodb = kinesis) =>
  createEventSourceMapping(settings as EventSourceMappingSettings, source, now);

const twice = (): unknown => {
  const mappings = new Mappings([kinesis]);
  mappings.create('function', kinesis.streamArn, position, 0);
  return mappings.create('function', kinesis.streamArn, position, 0);
};

/** What is refused, by the vector. A list where several values are. */
const refused: Readonly<Record<string, readonly (() => unknown)[]>> = {
  'create/duplicate_mapping': [twice],
  'create/unknown_stream': [() => new Mappings([]).create('function', kinesis.streamArn, position, 0)],
  'create/missing_starting_position': [() => create({})],
  'create/invalid_starting_position': [() => create({ StartingPosition: 'invalid' })],
  'create/dynamodb_at_timestamp': [() => create({ StartingPosition: 'AT_TIMESTAMP' }, dynamodb)],
  'create/invalid_filter_pattern': [
    () => create({ ...position, FilterCriteria: { Filters: [{ Pattern: '{"a":"b"}' }] } }),
  ],
  'create/record_age_below_60': [0, 1, 59].map((age) => () => create({ ...position, MaximumRecordAgeInSeconds: age })),
  'stackd/create/kinesis_missing_start': [() => create({})],
  'stackd/create/kinesis_timestamp_in_the_future': [
    () => create({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: now + 3_600_000 }),
  ],
  'stackd/create/dynamodb_at_timestamp': [() => create({ StartingPosition: 'AT_TIMESTAMP' }, dynamodb)],
  'stackd/create/dynamodb_bad_start': [() => create({ StartingPosition: 'BOGUS' }, dynamodb)],
  'stackd/create/dynamodb_age_0_and_59': [0, 59].map(
    (age) => () => create({ ...position, MaximumRecordAgeInSeconds: age }, dynamodb),
  ),
  'stackd/create/dynamodb_filter_not_json': [
    () => create({ ...position, FilterCriteria: { Filters: [{ Pattern: 'not-json' }] } }, dynamodb),
  ],
  'stackd/create/dynamodb_scaling_config': [
    () => create({ ...position, ScalingConfig: { MaximumConcurrency: 2 } }, dynamodb),
  ],
  'stackd/create/dynamodb_parallel_and_tumbling': [
    () => create({ ...position, ParallelizationFactor: 10, TumblingWindowInSeconds: 1 }, dynamodb),
  ],
  'stackd/create/dynamodb_filter_and_tumbling': [
    () => create({ ...position, TumblingWindowInSeconds: 10, FilterCriteria: filter }, dynamodb),
  ],
};

type Check = (error: EventSourceMappingError, value: unknown) => void;

const checks: Readonly<Record<string, Check>> = {
  request: () => {},
  note: () => {},
  // Driven by `refused`.
  values: () => {},
  accepted: () => {},
  accepted_values: (_, values) => {
    for (const age of values as readonly number[]) create({ ...position, MaximumRecordAgeInSeconds: age });
  },
  error: ({ name }, expected) => {
    // Of some the recording keeps that they were refused, not the name.
    if (expected !== 'refused (error name not read)') expect(name).toBe(expected);
  },
  httpStatus: ({ httpStatus }, expected) => expect(httpStatus).toBe(expected),
  messageStartsWith: ({ message }, start) => expect(message.startsWith(String(start))).toBe(true),
  message: ({ message }, expected) => {
    const parts = String(expected)
      .replace('<ARN>', dynamodb.streamArn)
      .replace(/\s*\(.*\)$/, inRemark)
      .split('…');
    for (const part of parts) expect(message).toContain(part.trim());
    if (parts.length === 1) expect(message).toBe(parts[0]);
  },
};

/** A remark of the transcriber behind the text, unless it is part of Lambda's own. */
function inRemark(remark: string): string {
  return remark.includes('whole seconds') ? '' : remark;
}

describe('a mapping created as in the vector is refused', () => {
  test.each(Object.entries(refused))('%s', (name, runs) => {
    for (const run of runs) {
      const error = errorOf(run);
      expect(error.name).toMatch(/Exception$/);
      check(vectorOf(name).expect, error);
    }
  });

  test('the timestamp in the words of the refusal is cut to whole seconds', () => {
    const run = (): unknown => create({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: now + 1_700 });
    expect(errorOf(run).message).toContain(`timestampInMillis: ${now + 1_500},`);
  });
});

function check(expected: Expected, error: EventSourceMappingError): void {
  for (const [key, value] of Object.entries(expected)) {
    const one = checks[key];
    if (!one) throw new Error(`nothing here checks the expectation ${key}`);
    one(error, value);
  }
}

function errorOf(run: () => unknown): EventSourceMappingError {
  try {
    run();
  } catch (error) {
    return error as EventSourceMappingError;
  }
  throw new Error('expected an error');
}

describe('a mapping created as in the vector is accepted', () => {
  const accepted: Readonly<Record<string, () => void>> = {
    'kinesis/create_defaults': () => {
      expect(describeNewMapping(create(position))).toMatchObject(
        vectorOf('kinesis/create_defaults').expect.echo as object,
      );
    },
    'stackd/create/kinesis_batch_101_window_0': () => {
      expect(create({ ...position, BatchSize: 101 })).toMatchObject({
        BatchSize: 101,
        MaximumBatchingWindowInSeconds: 0,
      });
    },
    'stackd/create/duplicates_go_by_qualified_name': () => {
      const mappings = new Mappings([kinesis]);
      const byAlias = (alias: string) => mappings.create(`function:${alias}`, kinesis.streamArn, position, 0);
      byAlias('blue');
      byAlias('green');
      expect(errorOf(() => byAlias('blue')).name).toBe('ResourceConflictException');
      expect(mappings.list('function')).toEqual([]);
      expect(mappings.list('function:blue')).toHaveLength(1);
    },
  };

  test.each(Object.entries(accepted))('%s', (_, run) => run());

  test('an empty list of filters goes with a tumbling window', () => {
    create({ ...position, TumblingWindowInSeconds: 10, FilterCriteria: { Filters: [] } }, dynamodb);
  });

  test('every vector about creation is run', () => {
    const names = vectors.map(({ name }) => name).filter((name) => isCreated(name) && !(name in unmodelledRecordings));
    expect(names.filter((name) => !(name in refused) && !(name in accepted))).toEqual([]);
    expect(names).toHaveLength(8 + 11);
  });
});
