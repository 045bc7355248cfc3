import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';

/** Loads this package anew, as an import and a `require` of it in one process do. */
async function aCopy() {
  jest.resetModules();
  return {
    ...(await import('../../src/index.ts')),
    ...(await import('../../src/decode/index.ts')),
    ...(await import('../../src/powertools/index.ts')),
  };
}

type Copy = Awaited<ReturnType<typeof aCopy>>;

describe.each(middyVersions)('%s, with two copies loaded', (_version, middy) => {
  let one: Copy;
  let other: Copy;
  let sink: StoringSink;
  let starts: number;

  beforeEach(async () => {
    one = await aCopy();
    other = await aCopy();
    sink = new StoringSink();
    starts = 0;
  });

  const start = (): void => {
    starts++;
  };
  const guard = (copy: Copy) =>
    copy.streamGuard({ quarantine: { sink, attempts: 2, retry: 'redelivery' }, observe: () => {} });
  const context = { getRemainingTimeInMillis: () => 5_000 };
  const isRefused = {
    code: expect.stringMatching(/^(partial-batch-missing|unwrapped)$/),
    message: expect.stringContaining('npm ls undam'),
  };

  test.each([
    ['eachRecord', (copy: Copy) => copy.eachRecord(start)],
    ['wholeBatch', (copy: Copy) => copy.wholeBatch(start as never)],
    ['splitOnError', (copy: Copy) => copy.splitOnError(start)],
    [
      'StreamProcessor',
      (copy: Copy) => async (event: never, given: never) => {
        const processor = new copy.StreamProcessor(EventType.KinesisDataStreams);
        return processPartialResponse(event, start, processor, { context: given });
      },
    ],
  ])('%s of the other is refused, and no record is charged, however often', async (name, wrap) => {
    const chain = middy().use(guard(one)).handler(wrap(other));
    for (let delivery = 0; delivery < 4; delivery++) {
      await expect(chain(kinesisEvent('a'), context)).rejects.toMatchObject(isRefused);
    }
    // Without an invocation of its own a StreamProcessor is Powertools' own, which is refused once it has answered.
    expect(starts).toBe(name === 'StreamProcessor' ? 1 : 0);
    expect(sink.calls).toEqual([]);
  });

  test('middlewares of both are refused, with the wrapper of either', async () => {
    for (const copy of [one, other]) {
      const chain = middy()
        .use(one.partialBatch({ observe: () => {} }))
        .use(other.quarantine({ sink, attempts: 1 }))
        .handler(copy.eachRecord(start));
      await expect(chain(kinesisEvent('a'), context)).rejects.toMatchObject(isRefused);
    }
    expect(sink.calls).toEqual([]);
  });

  test('each by itself does its work, on the same event and context too', async () => {
    const event = kinesisEvent('a', 'b');
    for (const copy of [one, other, one]) {
      const chain = middy().use(guard(copy)).handler(copy.eachRecord(start));
      expect(await chain(event, context)).toEqual({ batchItemFailures: [] });
    }
    expect(starts).toBe(6);
  });

  test('errors, decoders and ledgers of the other mean the same as its own', async () => {
    const errors: Record<string, Error> = { p: new other.PermanentError('never'), o: new other.OutageError('later') };
    const chain = middy()
      .use(one.streamGuard({ quarantine: { sink }, ledger: other.memoryLedger(), observe: () => {} }))
      .handler(
        one.eachRecord(
          ({ kinesis: { partitionKey } }) => {
            const error = errors[partitionKey];
            if (error) throw error;
          },
          { decode: (record) => (record.kinesis.partitionKey === 'd' ? other.json()(record) : undefined) },
        ),
      );
    expect(await chain(kinesisEvent('a', 'p', 'o', 'd'), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'o' }],
    });
    expect(sink.stored.map(({ origin, reason }) => `${origin.sequenceNumber} ${reason}`).sort()).toEqual([
      'd undecodable',
      'p permanent',
    ]);
  });
});
