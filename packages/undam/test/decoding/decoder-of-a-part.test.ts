import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { gzipJson, json } from '../../src/decode/index.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { drain } from '../kit/mapping.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisRecord, numberOf } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

const outer = json();
const inner = gzipJson();

/** JSON whose `body` is gzip in base64, as two decoders of ours read it, one behind the other. */
function decodeBoth(record: KinesisStreamRecord): unknown {
  const { body } = outer(record) as { body: string };
  return inner({ ...record, kinesis: { ...record.kinesis, data: body } });
}

/** The same, by one who saves the copy. */
function decodeInPlace(record: KinesisStreamRecord): unknown {
  record.kinesis.data = (outer(record) as { body: string }).body;
  return inner(record);
}

const wrappers = {
  'eachRecord() by its decoder': eachRecord(() => {}, { decode: decodeBoth }),
  'eachRecord()': eachRecord((record: KinesisStreamRecord) => void decodeBoth(record)),
  'eachRecord() that writes into its record': eachRecord((record: KinesisStreamRecord) => void decodeInPlace(record)),
  'splitOnError()': splitOnError(async ({ Records }: KinesisStreamEvent) => void Records.map(decodeBoth)),
  'wholeBatch()': wholeBatch(async ({ Records }: KinesisStreamEvent) => {
    Records.map(decodeBoth);
    return { batchItemFailures: [] };
  }),
};

describe('a decoder of ours that is given a part of the payload', () => {
  const good = JSON.stringify({ body: gzipSync('{"n":1}').toString('base64') });
  describe.each(Object.entries(wrappers))('in %s', (_name, handler) => {
    test.each([
      ['text that is no base64', 'plain text'],
      ['a number', 17],
    ])('%s is the fault of its record, which is quarantined', async (_part, body) => {
      const [lambda, sink] = [new VirtualLambda(), new StoringSink()];
      const chain = middy({ timeoutEarlyInMillis: 0 })
        .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, observe: () => {} }))
        .handler(handler as never);
      const records = [good, JSON.stringify({ body }), good].map((data, n) =>
        kinesisRecord(String(n), { key: `${n}`, data }),
      );
      const deliveries = await drain(lambda, chain as never, records, numberOf as never, { maxDeliveries: 30 });
      expect(deliveries.length).toBeLessThan(30);
      expect(sink.stored).toMatchObject([{ origin: { sequenceNumber: '1' } }]);
      expect(Buffer.from(sink.stored[0]!.data, 'base64').toString()).toBe(JSON.stringify({ body }));
    });
  });
});
