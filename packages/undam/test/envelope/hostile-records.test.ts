import { describe, expect, test } from '@jest/globals';
import eventNormalizer from '@middy/event-normalizer';
import fc from 'fast-check';
import { PermanentError } from '../../src/base/errors.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/envelope/index.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { composeMessage, draft, smallestMessage } from '../../src/sinks/sqs/message.ts';
import type { DynamoDBRecord } from '../../src/streams/dynamodb-types.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { StreamEvent, StreamRecord } from '../../src/streams/sources.ts';
import { hostileDynamodb, hostileKinesis, hostileNames } from '../kit/hostile-records.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { type Ending, VirtualLambda } from '../kit/virtual-lambda.ts';

const middy = middyVersions[0]![1];
const settings = { queueUrl: 'https://sqs/q.fifo', fifo: true, maxMessageBytes: 1_048_576 };

interface Run {
  readonly ending: Ending;
  readonly starts: number;
  readonly stored: readonly Envelope[];
  /** Each record as `partialBatch()` found it. */
  readonly found: () => StreamRecord[];
}

/** Runs a handler that fails for good on every record. */
async function run(event: object, names: object, first?: object): Promise<Run> {
  const [lambda, sink] = [new VirtualLambda(), new StoringSink()];
  let starts = 0;
  let found: StreamRecord[] = [];
  const chain = middy();
  if (first !== undefined) chain.use(first);
  chain
    .before((request) => {
      found = request.event.Records as StreamRecord[];
    })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink }, observe: () => {} }))
    .handler(
      eachRecord<StreamRecord>(() => {
        starts++;
        throw new PermanentError('poison');
      }),
    );
  const ending = await lambda.invoke(chain, event, { ...lambda.context(), ...names });
  return { ending, starts, stored: sink.stored, found: () => found };
}

const ours = new Set(['bad-event', 'bad-record', 'event-changed']);

/** Either nothing starts, for a reason that is ours, or every record is quarantined, in an envelope that can be read. */
async function check(
  { ending, starts, stored, found }: Run,
  numberOf: (record: never) => unknown,
  isKept: (kept: Envelope, record: never) => void,
) {
  if (ending.kind !== 'answered') {
    expect(ending).toMatchObject({ kind: 'threw', error: { name: 'UndamError' } });
    if (ending.kind === 'threw') expect(ours).toContain((ending.error as { code?: string }).code);
    expect([starts, stored]).toEqual([0, []]);
    return;
  }
  expect(ending.answer).toEqual({ batchItemFailures: [] });
  expect(stored).toHaveLength(found().length);
  for (const [index, envelope] of stored.entries()) {
    const read = decodeEnvelope(encodeEnvelope(envelope));
    expect(read).toStrictEqual(envelope);
    const message = draft(envelope, index, true);
    for (const { entry } of [await composeMessage(message, settings), await smallestMessage(message, settings)])
      expect(decodeEnvelope(entry.MessageBody).data).toBe(envelope.data);
    const record = found().find((each) => numberOf(each as never) === read.origin.sequenceNumber);
    expect(record).toBeDefined();
    isKept(read, record as never);
  }
}

const canonical = (data: unknown): boolean =>
  typeof data === 'string' && Buffer.from(data, 'base64').toString('base64') === data;

function keptPayload({ data, altered }: Envelope): unknown {
  if (altered === undefined) return data;
  const text = Buffer.from(data, 'base64').toString();
  return altered === 'text' ? text : JSON.parse(text);
}

/** Jest takes the `__proto__` that an object inherits for one of its own that is `undefined`. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  const present = Object.entries(value as object).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([name, member]) => [name, withoutAbsent(member)]));
}

describe('no sink is ever given an envelope that cannot be read, or that says something else than was there', () => {
  const runs = { numRuns: 500 };
  const normalized = fc.constantFrom(false, false, true);

  test('of Kinesis', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(hostileKinesis, hostileNames, normalized, async (event, names, isNormalized) => {
        const result = await run(event, names, isNormalized ? tolerant(eventNormalizer()) : undefined);
        const numberOf = ({ kinesis }: KinesisStreamRecord) => kinesis.sequenceNumber;
        await check(result, numberOf, (envelope, { kinesis }: KinesisStreamRecord) => {
          kept++;
          const isWhole = result.found().every((record) => canonical((record as KinesisStreamRecord).kinesis.data));
          expect(envelope.altered === undefined).toBe(isWhole);
          expect(keptPayload(envelope)).toBe(kinesis.data);
          expect(envelope.origin.partitionKey).toBe(kinesis.partitionKey || undefined);
        });
      }),
      runs,
    );
    expect(kept).toBeGreaterThan(runs.numRuns / 4);
  });

  test('of DynamoDB Streams', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(hostileDynamodb, hostileNames, normalized, async (event, names, isNormalized) => {
        const result = await run(event, names, isNormalized ? tolerant(eventNormalizer()) : undefined);
        const numberOf = ({ dynamodb }: DynamoDBRecord) => dynamodb!.SequenceNumber;
        await check(result, numberOf, (envelope, record: DynamoDBRecord) => {
          kept++;
          expect(envelope.altered).toBeUndefined();
          expect(JSON.parse(Buffer.from(envelope.data, 'base64').toString())).toEqual(withoutAbsent(record));
        });
      }),
      runs,
    );
    expect(kept).toBeGreaterThan(runs.numRuns / 4);
  });
});

/** What the middleware itself cannot read, it leaves. */
function tolerant({ before }: { before?: unknown }): object {
  return {
    before: async (request: { event: StreamEvent }) => {
      for (const record of request.event.Records) {
        try {
          await (before as (request: object) => Promise<void>)({ event: { Records: [record] } });
        } catch {}
      }
    },
  };
}
