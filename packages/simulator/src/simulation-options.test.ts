import { describe, expect, test } from '@jest/globals';
import { type SimulateOptions, simulate } from './simulate.ts';

const handler = new URL('./orders.fixture.ts', import.meta.url);
const record = { put: { partitionKey: 'key', data: '{}' } };
const refused: readonly (readonly [string, object, RegExp])[] = [
  ['a path', { handler: './orders.fixture.ts' }, /^handler: expected new URL\(/],
  ['a handler itself', { handler: async () => null }, /^handler: expected new URL\(.*got a function: .*createHandler/],
  [
    'a handler twice',
    { createHandler: () => async () => null },
    /^createHandler: .*either handler or createHandler, got both/,
  ],
  ['no handler', { handler: undefined }, /^handler: expected new URL\(/],
  ['an unknown option', { mappings: {} }, /^mappings: unknown option; expected one of .*mapping/],
  ['no records', { records: undefined }, /^records: expected an iterable/],
  ['a record that is no arrival', { records: [record.put] }, /^records\[0\]\.put: expected \{ partitionKey, data \}/],
  ['a payload that is an object', { records: [record, { put: { ...record.put, data: {} } }] }, /^records\[1\]\.put/],
  ['a partition key that is none', { records: [{ put: { ...record.put, partitionKey: 7 } }] }, /^records\[0\]\.put/],
  ['a change on a Kinesis stream', { records: [{ put: { eventName: 'INSERT', Keys: {} } }] }, /^records\[0\]\.put/],
  ['a payload on a DynamoDB stream', { stream: { kind: 'dynamodb' } }, /^records\[0\]\.put: .*Keys/],
  ['records out of order', { records: [{ ...record, atMs: 9 }, record] }, /^records\[1\]\.atMs: .*in order of time/],
  [
    'a time that is none',
    { records: [{ ...record, atMs: 'soon' }] },
    /^records\[0\]\.atMs: expected milliseconds, got soon/,
  ],
  ['no shards', { stream: { shards: 0 } }, /^stream\.shards: expected a number from 1/],
  [
    'a consumer that is none',
    { stream: { consumerArn: 'arn:aws:kinesis:eu-west-1:1:stream/a' } },
    /^stream\.consumerArn: /,
  ],
  [
    'a hash key that is none',
    { records: [{ put: { ...record.put, explicitHashKey: 'f00' } }] },
    /^records\[0\]\.put\.explicitHashKey: expected decimal digits/,
  ],
  ['a date that is no number', { startDate: new Date() }, /^startDate: expected a number/],
  [
    'a reshard that is none',
    { reshards: [{ atMs: 1, splits: 'shardId-0' }] },
    /^reshards\[0\]\.splits: unknown option/,
  ],
  ['another kind', { stream: { kind: 'sqs' } }, /^stream\.kind: expected kinesis or dynamodb, got sqs/],
  ['a sample without an interval', { sampleMs: 0 }, /^sampleMs: expected a number from 1/],
  ['no time-out', { function: { timeoutMs: 0 } }, /^function\.timeoutMs: expected a number from 1/],
  ['an unknown assumption', { assumptions: { backoff: 1 } }, /^assumptions\.backoff: unknown assumption/],
  [
    'an assumed value',
    { assumptions: { otherResponse: 'retry' } },
    /^assumptions\.otherResponse: expected complete-su/,
  ],
  [
    'a shard that is not there',
    { reshards: [{ atMs: 1, split: 'shardId-9' }] },
    /^expected an open shard, got shardId-9/,
  ],
];

const run = (options: object): Promise<unknown> =>
  simulate({ handler, records: [record], ...options } as SimulateOptions);

describe('simulate refuses', () => {
  test.each(refused)('%s', async (_, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });

  test.each(refused.filter(([, options]) => !('handler' in options || 'createHandler' in options)))(
    '%s, with createHandler',
    async (_, options, message) => {
      const inThread = { handler: undefined, createHandler: () => async () => null };
      await expect(run({ ...inThread, ...options })).rejects.toThrow(message);
    },
  );

  test('settings of the mapping under the name of the error at AWS', async () => {
    await expect(run({ mapping: { MaximumRecordAgeInSeconds: 59 } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      httpStatus: 400,
    });
  });

  test('a function beside a handler as URL, and takes a list in its place', async () => {
    await expect(run({ assumptions: { backoffMs: () => 1 } })).rejects.toThrow(/backoffMs may be a list/);
    const { invocations } = await simulate({
      handler,
      exportName: 'counting',
      records: [record],
      mapping: { MaximumRetryAttempts: 3 },
      assumptions: { backoffMs: [10, 20] },
    });
    const waits = invocations.slice(1).map(({ startedMs }, index) => startedMs - invocations[index]!.endedMs);
    expect(waits).toEqual([10, 20, 20]);
  });

  test('what a module throws when it is imported, by its name', async () => {
    const missing = new URL('./no-such-handler.ts', import.meta.url);
    await expect(run({ handler: missing })).rejects.toThrow(/no-such-handler/);
  });
});

test('a handler in CommonJS begins anew after its process has ended', async () => {
  const { invocations } = await simulate({
    handler: new URL('./fixtures/counting.cjs', import.meta.url),
    records: [record],
    mapping: { MaximumRetryAttempts: 3 },
  });
  expect(invocations.map(({ error }) => error?.message)).toEqual([
    'invocation 1',
    'the process exited with code 1',
    'invocation 1',
    'the process exited with code 1',
  ]);
});
