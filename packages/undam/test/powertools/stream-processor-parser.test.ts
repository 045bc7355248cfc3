import { EventType, ParsingError } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { KinesisDataStreamRecord } from '@aws-lambda-powertools/parser/schemas/kinesis';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { json } from '../../src/decode/index.ts';
import { StreamProcessor, type StreamProcessorConfig } from '../../src/powertools/stream-processor.ts';
import { GovernedFunction } from '../kit/governed-function.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { errorOf, reportedIn } from '../kit/virtual-lambda.ts';

const order = z.object({ id: z.number() });
const event = (...payloads: readonly string[]) => ({
  Records: payloads.map((data, n) => kinesisRecord(String(n), { data })),
});
const logger = { debug: () => {}, warn: () => {}, error: () => {} };

function setUp(config: StreamProcessorConfig) {
  const got: unknown[] = [];
  const fn = new GovernedFunction(async ({ kinesis }: { kinesis: { data: unknown } }) => void got.push(kinesis.data), {
    processor: new StreamProcessor(EventType.KinesisDataStreams, config),
  });
  return { fn, got };
}

test('the handler gets the parsed record; one that the schema refuses is quarantined at once, with the path of the fault', async () => {
  const { fn, got } = setUp({ parser, innerSchema: order, transformer: 'base64', order: 'shard', logger });
  expect(reportedIn(await fn.deliver(event('{"id":1}', '{"id":"two"}', '{"id":3}')))).toEqual([]);
  expect(got).toEqual([{ id: 1 }, { id: 3 }]);
  expect(fn.sink.stored).toMatchObject([
    {
      reason: 'undecodable',
      stage: 'decode',
      attempts: { started: 1, failed: 1 },
      data: Buffer.from('{"id":"two"}').toString('base64'),
      error: {
        name: 'UndamError',
        message: expect.stringContaining('kinesis.data.id'),
        cause: { name: 'ParsingError' },
      },
    },
  ]);
  expect(JSON.stringify(fn.sink.stored[0]!.error)).not.toContain('two');
  expect(fn.processor.errors).toMatchObject([{ name: 'ParsingError' }]);
});

test('a schema of the whole record does the same', async () => {
  const { fn, got } = setUp({ parser, schema: KinesisDataStreamRecord.extend({ eventID: z.literal('no') }), logger });
  expect(reportedIn(await fn.deliver(event('a')))).toEqual([]);
  expect(got).toEqual([]);
  expect(fn.sink.stored).toMatchObject([
    { reason: 'undecodable', error: { message: expect.stringContaining('eventID') } },
  ]);
});

test.each([
  ['no schema', {}, 'got none'],
  ['an innerSchema of another vendor', { innerSchema: { '~standard': { vendor: 'other' } } }, 'of another vendor'],
])('a parser with %s fails the invocation and charges no record', async (_what, rest, message) => {
  const { fn } = setUp({ parser, ...rest, logger } as never);
  const error = errorOf(await fn.deliver(event('a')));
  expect(error).toMatchObject({ code: 'bad-option', message: expect.stringContaining(message) });
  expect(fn.events.map(({ type }) => type)).toEqual(['invocation-ended']);
});

describe('an error of another kind', () => {
  test('from the parser is a failed attempt', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('the registry is down');
    };
    const { fn } = setUp({ parser: broken as never, schema: order });
    expect(reportedIn(await fn.deliver(event('a')))).toEqual(['0']);
    expect(reportedIn(await fn.deliver(event('a')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ reason: 'attempts-exhausted', attempts: { failed: 2 } }]);
  });

  test('from the handler is its own, also a ParsingError', async () => {
    const fn = new GovernedFunction(() => Promise.reject(new ParsingError('of a nested record')));
    expect(reportedIn(await fn.deliver(event('a')))).toEqual(['0']);
  });

  test('from a decoder of ours in the handler says that the record cannot be decoded', async () => {
    const fn = new GovernedFunction(json());
    expect(reportedIn(await fn.deliver(event('not JSON')))).toEqual([]);
    expect(fn.sink.stored).toMatchObject([{ reason: 'undecodable', stage: 'decode' }]);
  });
});

test('a record whose time ends while it is parsed is not handed on', async () => {
  const calls: unknown[] = [];
  const parse = Promise.withResolvers<unknown>();
  const processor = new StreamProcessor(EventType.KinesisDataStreams, {
    parser: (() => parse.promise) as never,
    schema: order,
  });
  const fn = new GovernedFunction(async (record: unknown) => void calls.push(record), { processor });
  expect(reportedIn(await fn.deliver(event('a')))).toEqual(['0']);
  parse.resolve(event('a').Records[0]);
  await fn.lambda.pass(10);
  expect(calls).toEqual([]);
});
