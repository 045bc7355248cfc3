import { describe, expect, test } from '@jest/globals';
import { createEventSourceMapping, type EventSourceMappingError, type EventSourceMappingSettings } from './index.ts';

const kinesis = { kind: 'kinesis', streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' } as const;
const create = (settings: object, kind: 'kinesis' | 'dynamodb' = 'kinesis') =>
  createEventSourceMapping(
    { StartingPosition: 'TRIM_HORIZON', ...settings } as EventSourceMappingSettings,
    { ...kinesis, kind },
    1_000,
  );

function refusal(settings: object, kind?: 'kinesis' | 'dynamodb'): string {
  try {
    create(settings, kind);
  } catch (error) {
    return (error as EventSourceMappingError).name;
  }
  return 'accepted';
}

const pattern = (Pattern: unknown): object => ({ FilterCriteria: { Filters: [{ Pattern }] } });
const destination = (Destination: string): object => ({ DestinationConfig: { OnFailure: { Destination } } });

describe('a setting at and behind its bounds', () => {
  const bounds: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['BatchSize', [1, 10_000], [0, 10_001, 1.5]],
    ['MaximumBatchingWindowInSeconds', [0, 300], [-1, 301]],
    ['ParallelizationFactor', [1, 10], [0, 11]],
    ['MaximumRetryAttempts', [-1, 0, 10_000], [-2, 10_001, Number.NaN]],
    ['MaximumRecordAgeInSeconds', [-1, 60, 604_800], [-2, 604_801]],
    ['TumblingWindowInSeconds', [0, 900], [-1, 901]],
  ];

  test.each(bounds)('%s', (name, accepted, refused) => {
    for (const value of accepted) expect(refusal({ [name]: value })).toBe('accepted');
    // What the API's own model refuses has this name, as a bad StartingPosition has (recorded).
    for (const value of refused) expect(refusal({ [name]: value })).toBe('ValidationException');
  });

  test('ages from 0 to 59 are within the model and refused behind it', () => {
    for (const age of [0, 1, 59]) {
      expect(refusal({ MaximumRecordAgeInSeconds: age })).toBe('InvalidParameterValueException');
    }
  });
});

describe('settings of a mapping', () => {
  test.each([
    ['a key for the filters', { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' }],
    ['EventCount', { MetricsConfig: { Metrics: ['EventCount'] } }],
    ['a FIFO queue, where delivery fails later', destination('arn:aws:sqs:us-east-1:000000000000:failed.fifo')],
    ['a bucket', destination('arn:aws:s3:::failed')],
    ['an empty OnFailure', { DestinationConfig: { OnFailure: {} } }],
    ['a time that is over', { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_000 }],
    ['every operator', pattern('{"data":{"a":[{"numeric":[">",1]},{"anything-but":["x"]},{"exists":true},null]}}')],
    ['$or', pattern('{"$or":[{"data":{"a":[1]}},{"partitionKey":["x"]}]}')],
  ])('%s: accepted', (_, settings) => {
    expect(refusal(settings)).toBe('accepted');
  });

  test.each([
    ["Kafka's metric", { MetricsConfig: { Metrics: ['ErrorCount'] } }, 'ValidationException'],
    ['another response type', { FunctionResponseTypes: ['Other'] }, 'ValidationException'],
    [
      'a response type twice',
      { FunctionResponseTypes: Array(2).fill('ReportBatchItemFailures') },
      'ValidationException',
    ],
    ['OnSuccess', { DestinationConfig: { OnSuccess: {} } }, 'InvalidParameterValueException'],
    ['no destinations', { DestinationConfig: null }, 'InvalidParameterValueException'],
    ['a Kafka topic', destination('kafka://topic'), 'InvalidParameterValueException'],
    ['pollers', { ProvisionedPollerConfig: {} }, 'InvalidParameterValueException'],
    [
      'a time to come',
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_001 },
      'InvalidParameterValueException',
    ],
    [
      'a time beside LATEST',
      { StartingPosition: 'LATEST', StartingPositionTimestamp: 1 },
      'InvalidParameterValueException',
    ],
    ['windows with lanes', { TumblingWindowInSeconds: 1, ParallelizationFactor: 2 }, 'InvalidParameterValueException'],
    [
      'six patterns',
      { FilterCriteria: { Filters: Array(6).fill({ Pattern: '{}' }) } },
      'InvalidParameterValueException',
    ],
    ['no patterns', { FilterCriteria: null }, 'InvalidParameterValueException'],
  ])('%s: refused', (_, settings, name) => {
    expect(refusal(settings)).toBe(name);
  });

  test.each([
    'no JSON',
    '"text"',
    '[{"a":[1]}]',
    '{"data":{"a":"b"}}',
    '{"data":{"a":[]}}',
    '{"data":{"a":[{"wildcard":"*"}]}}',
    '{"data":{"a":[{"cidr":"10.0.0.0/24"}]}}',
    '{"data":{"a":[{"prefix":1}]}}',
    '{"data":{"a":[{"numeric":[">"]}]}}',
    '{"data":{"a":[{"constructor":1}]}}',
    '{"data":["text"]}',
    `{"data":{"a":["${'x'.repeat(4_096)}"]}}`,
  ])('an invalid pattern for Kinesis: %.40s', (text) => {
    expect(() => create(pattern(text))).toThrow('Invalid filter pattern definition.');
  });
});
