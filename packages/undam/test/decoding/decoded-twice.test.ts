import { describe, expect, test } from '@jest/globals';
import eventNormalizer from '@middy/event-normalizer';
import { z } from 'zod';
import type { Decode } from '../../src/decode/decoder.ts';
import { cloudWatchLogs, gzipJson, images, json, newImage, schema } from '../../src/decode/index.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord, kinesisRecord } from '../kit/stream.ts';
import { errorOf, type Invocable, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const kinesis = (...payloads: readonly string[]) => ({
  Records: payloads.map((data, n) => kinesisRecord(String(n + 1), { data })),
});

const middy = middyVersions[0]![1];

/** One function's middlewares, with a normalizer behind them or without. */
function setUp() {
  const [lambda, sink, events] = [new VirtualLambda(), new StoringSink(), [] as UndamEvent[]];
  const guards = lambda.middlewares.streamGuard({
    quarantine: { sink, attempts: 2 },
    observe: (event) => void events.push(event),
  });
  const chain = (handler: unknown, normalizer?: object): Invocable => {
    const chain = middy().use(guards);
    if (normalizer !== undefined) chain.use(normalizer);
    return chain.handler(handler as Invocable) as Invocable;
  };
  const seen: { decoded: unknown; attempt: number }[] = [];
  const decoding = (decode: unknown) =>
    eachRecord((_record, { decoded, attempt }) => void seen.push({ decoded, attempt }), {
      decode: decode as Decode<KinesisStreamRecord, unknown>,
    });
  const failures = () => events.filter(({ type }) => type !== 'invocation-ended');
  return { lambda, sink, chain, seen, decoding, failures };
}

const order = z.object({ id: z.number() });
const json1 = '{"id":1}';

describe("a decoder of Undam's behind a normalizer", () => {
  test.each([
    ['json()', json(), kinesis(json1)],
    ['json() of text', json(), kinesis('no JSON')],
    ['json() of text that looks like base64', json(), kinesis('true')],
    ['gzipJson()', gzipJson(), kinesis(json1)],
    ['gzipJson() of text that looks like base64', gzipJson(), kinesis('1234')],
    ['cloudWatchLogs()', cloudWatchLogs(), kinesis(json1)],
    ['schema()', schema(order), kinesis(json1)],
    [
      'schema() with an asynchronous decoder',
      schema(order, async (record: KinesisStreamRecord) => json()(record)),
      kinesis(json1),
    ],
    ["one of the user's own around json()", (record: KinesisStreamRecord) => [json()(record)], kinesis('true')],
    ['images()', images(), dynamodbEvent(dynamodbRecord('1', 'x'))],
    ['newImage()', newImage(), dynamodbEvent(dynamodbRecord('1', 'x'))],
  ])('%s fails the invocation and charges no record', async (_name, decode, event) => {
    const { lambda, sink, chain, seen, decoding, failures } = setUp();
    const wrong = chain(decoding(decode), eventNormalizer());
    for (let delivery = 1; delivery <= 3; delivery++) {
      const error = errorOf(await lambda.invoke(wrong, structuredClone(event)));
      expect(error).toMatchObject({
        code: 'event-changed',
        message: expect.stringContaining('remove one of the two'),
      });
      expect(lambda.timers).toBe(0);
    }
    expect([seen, sink.calls, failures()]).toEqual([[], [], []]);
    // The next deployment has mended it: this is the first attempt.
    const right = chain(eachRecord((_record, { attempt }) => void seen.push({ decoded: undefined, attempt })));
    expect(reportedIn(await lambda.invoke(right, structuredClone(event)))).toEqual([]);
    expect(seen).toEqual([{ decoded: undefined, attempt: 1 }]);
  });

  test('records that were done beside it stay done', async () => {
    const { lambda, chain, seen, decoding } = setUp();
    const halfway = {
      before: ({ event }: { event: { Records: KinesisStreamRecord[] } }) => {
        Object.assign(event.Records[1]!.kinesis, { data: { id: 2 } });
      },
    };
    expect(errorOf(await lambda.invoke(chain(decoding(json()), halfway), kinesis('1', '2')))).toMatchObject({
      code: 'event-changed',
    });
    expect(reportedIn(await lambda.invoke(chain(decoding(json())), kinesis('1', '2')))).toEqual([]);
    expect(seen).toEqual([
      { decoded: 1, attempt: 1 },
      { decoded: 2, attempt: 1 },
    ]);
  });

  test.each([
    ['splitOnError()', splitOnError],
    ['wholeBatch()', wholeBatch as typeof splitOnError],
  ])('inside %s charges no record, either', async (_name, wrap) => {
    const { lambda, sink, chain } = setUp();
    const handler = wrap((({ Records }: { Records: KinesisStreamRecord[] }) => Records.map(json())) as never);
    for (let delivery = 1; delivery <= 4; delivery++) {
      const { kind } = await lambda.invoke(chain(handler, eventNormalizer()), kinesis(json1));
      expect(kind).toBe('answered');
    }
    expect(sink.calls).toEqual([]);
  });
});

describe('a fault of the record stays one', () => {
  test('data that is no JSON, decoded once', async () => {
    const { lambda, sink, chain, decoding } = setUp();
    expect(reportedIn(await lambda.invoke(chain(decoding(json())), kinesis('true', 'poison')))).toEqual([]);
    expect(sink.stored).toMatchObject([{ reason: 'undecodable', origin: { sequenceNumber: '2' } }]);
  });

  test('text that a schema refuses, where a decoder of the user’s own reads what the normalizer left', async () => {
    const { lambda, sink, chain, seen, decoding } = setUp();
    const decode = schema(order, (record: KinesisStreamRecord) => record.kinesis.data);
    const right = chain(decoding(decode), eventNormalizer());
    expect(reportedIn(await lambda.invoke(right, kinesis(json1, 'abcd')))).toEqual([]);
    expect(seen).toEqual([{ decoded: { id: 1 }, attempt: 1 }]);
    expect(sink.stored).toMatchObject([{ reason: 'undecodable', origin: { sequenceNumber: '2' } }]);
  });

  test('a payload that a middleware has decrypted, into base64 again', async () => {
    const { lambda, sink, chain, seen, decoding } = setUp();
    const flip = (data: string) => Buffer.from(Buffer.from(data, 'base64').map((byte) => byte ^ 1)).toString('base64');
    const decrypt = {
      before: ({ event }: { event: { Records: KinesisStreamRecord[] } }) => {
        for (const { kinesis } of event.Records) kinesis.data = flip(kinesis.data);
      },
    };
    const encrypted = kinesis('1', 'no');
    for (const { kinesis } of encrypted.Records) kinesis.data = flip(kinesis.data);
    expect(reportedIn(await lambda.invoke(chain(decoding(json()), decrypt), encrypted))).toEqual([]);
    expect(seen).toEqual([{ decoded: 1, attempt: 1 }]);
    expect(sink.stored).toMatchObject([{ reason: 'undecodable', origin: { sequenceNumber: '2' } }]);
  });

  test('a payload that its own handler has changed: it is quarantined, and its neighbours are done once', async () => {
    const { lambda, sink, chain } = setUp();
    const starts: string[] = [];
    const handler = eachRecord(
      (record, { decoded }) => {
        starts.push(record.kinesis.sequenceNumber);
        Object.assign(record.kinesis, { data: decoded });
        if (record.kinesis.sequenceNumber === '1') throw new Error('poison');
      },
      { decode: json() },
    );
    expect(reportedIn(await lambda.invoke(chain(handler), kinesis(json1, json1)))).toEqual([]);
    expect(starts).toEqual(['1', '2']);
    expect(sink.numbers).toEqual(['1']);
    expect(Buffer.from(sink.stored[0]!.data, 'base64').toString()).toBe(json1);
  });
});
