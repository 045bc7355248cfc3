import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { type KinesisEvent, type KinesisEventRecord, kinesisSource } from '../stream/kinesis-source.ts';
import { startRuntimeApi } from './runtime-api.ts';

// Each test starts processes; a busy machine takes its time.
jest.setTimeout(60_000);

const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url));
const clients = [
  ['aws-lambda-ric 4', `${modules}aws-lambda-ric/index.mjs`],
  ['aws-lambda-ric 3', `${modules}aws-lambda-ric-3/bin/index.mjs`],
] as const;

/** Sends the events to the handler, one after the other, under both clients; in environments that end at the deadline. */
async function answersUnderBoth(handler: string, ...events: readonly KinesisEvent[]): Promise<object> {
  const answers = clients.map(async ([name, runtimeClient]) => {
    // An environment has a disk of its own, on which the default ledger remembers.
    const disk = mkdtempSync(join(tmpdir(), 'undam-lambda-'));
    const api = await startRuntimeApi({
      runtimeClient,
      taskRoot: fileURLToPath(new URL('./fixtures', import.meta.url)),
      handler: `undam-handlers.${handler}`,
      nodeFlags: ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'],
      variables: { TMPDIR: disk },
      timeoutMs: 1_500,
      // Undam answers 100 ms before the deadline; a machine under load takes longer than that to see it.
      graceMs: 500,
    });
    try {
      const results: unknown[] = [];
      for (const event of events) results.push(await api.invoke(event));
      return [name, results];
    } finally {
      await api.stop();
      rmSync(disk, { recursive: true, force: true });
    }
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** The same answers from both clients. */
function both(...results: readonly object[]): object {
  return Object.fromEntries(clients.map(([name]) => [name, results]));
}

/** Records numbered from 1, as `key=payload`. */
function batch(...records: readonly string[]): KinesisEvent {
  const streamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders';
  const shardRecords = records.map((record, n) => {
    const [partitionKey = '', payload = ''] = record.split('=');
    return {
      shardId: 'shardId-000000000000',
      sequenceNumber: String(n + 1),
      partitionKey,
      data: Buffer.from(payload),
      approximateArrivalTimestamp: Date.now(),
    };
  });
  const { eventRecord } = kinesisSource({ streamArn });
  return { Records: shardRecords.map((record) => eventRecord(record) as KinesisEventRecord) };
}

/** The response that reports these records. */
function reported(...sequenceNumbers: readonly string[]): object {
  const batchItemFailures = sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier }));
  return { kind: 'response', payload: { batchItemFailures } };
}

describe('under both runtime clients nothing that hangs is answered null, killed or lost', () => {
  test.each(['record', 'recordWithoutLimit', 'decoder'])(
    'a hanging handler (%s): its lane is reported, the rest is done',
    async (handler) => {
      const answers = await answersUnderBoth(handler, batch('a=ok', 'b=hang', 'c=ok', 'b=ok', 'd=ok'));
      expect(answers).toEqual(both(reported('2', '4')));
    },
  );

  test('a handler that hangs on every record: all are reported', async () => {
    const answers = await answersUnderBoth('recordWithoutLimit', batch('a=hang', 'b=hang', 'c=hang'));
    expect(answers).toEqual(both(reported('1', '2', '3')));
  });

  test('a record that always hangs is passed at its third delivery, and the same process answers on', async () => {
    const event = batch('a=ok', 'b=hang', 'b=ok');
    const answers = await answersUnderBoth('record', event, event, event, batch('a=ok'));
    expect(answers).toEqual(both(reported('2', '3'), reported('2', '3'), reported(), reported()));
  });

  test('a hanging sink: what it did not acknowledge is reported', async () => {
    const answers = await answersUnderBoth('sink', batch('a=ok', 'b=bad', 'c=ok', 'b=ok'));
    expect(answers).toEqual(both(reported('2', '4')));
  });

  test('a ledger whose recall hangs: the batch runs without memory', async () => {
    const answers = await answersUnderBoth('recall', batch('a=ok', 'b=bad'), batch('a=ok', 'b=hang', 'c=ok'));
    expect(answers).toEqual(both(reported(), reported('2')));
  });

  test('a ledger whose remember hangs: the response is what it was', async () => {
    const answers = await answersUnderBoth('remember', batch('a=ok', 'b=hang', 'c=ok'));
    expect(answers).toEqual(both(reported('2')));
  });

  test('sink, recall and remember hanging at once', async () => {
    const answers = await answersUnderBoth('everything', batch('a=ok', 'b=bad', 'c=hang', 'd=ok'));
    expect(answers).toEqual(both(reported('2', '3')));
  });

  test('without timeBudget() a hanging handler is not ended, but never taken for success', async () => {
    const answers = await answersUnderBoth('withoutTimeBudget', batch('a=ok', 'b=hang'));
    expect(answers).toEqual(both({ kind: 'timed-out' }));
  });

  test('a hanging batch handler fails the invocation, and reports a record that stands alone', async () => {
    const answers = await answersUnderBoth('batch', batch('a=ok', 'b=ok'), batch('a=ok'));
    expect(answers).toEqual(both(expect.objectContaining({ kind: 'error' }), reported('1')));
  });

  test('a handler without a wrapper, which answers nothing, fails each of its invocations', async () => {
    const answers = await answersUnderBoth('unwrapped', batch('a=ok', 'b=ok'), batch('a=ok'));
    const refused = expect.objectContaining({ kind: 'error' });
    expect(answers).toEqual(both(refused, refused));
  });
});
