import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { kinesisNumbers, seeded } from '../kit/dynamodb-kinesis-numbers.ts';
import { useTable } from '../kit/dynamodb-table.ts';
import { useMortalDisk } from '../kit/mortal-disk.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { fanOutStream, kinesisRecord } from '../kit/stream.ts';

const table = useTable();
const disk = useMortalDisk('claimed-units');

const context = { invokedFunctionArn: 'f', getRemainingTimeInMillis: () => 60_000 };
type Invoke = (event: unknown, context: unknown) => Promise<BatchResponse>;

/** Environments of one function: each runs one invocation and lives on. */
function environments(failing: ReadonlySet<string> = new Set()) {
  const [starts, events, sink] = [[] as string[], [] as UndamEvent[], new StoringSink()];
  const next = () =>
    middy()
      .use(
        streamGuard({
          quarantine: { sink, attempts: 3, retry: 'redelivery' },
          ledger: dynamodbLedger({ tableName: table.name, client: table.client, claims: true }),
          observe: (event) => void events.push(event),
        }),
      )
      .handler(
        eachRecord(async ({ kinesis }: KinesisStreamRecord) => {
          starts.push(kinesis.data);
          if (failing.has(kinesis.data)) throw new Error('planned');
        }),
      ) as unknown as Invoke;
  const deliver = async (Records: readonly KinesisStreamRecord[], around = (invoke: Invoke): Invoke => invoke) =>
    (await around(next())({ Records: [...Records] }, context)).batchItemFailures.length;
  const told = (type: UndamEvent['type']) => events.filter((event) => event.type === type);
  return { starts, sink, deliver, told };
}

let shards = 0;
const recordsOf = (numbers: readonly string[], options: object = {}) => {
  const shard = `claimed-${++shards}`;
  return numbers.map((number, n) => kinesisRecord(number, { key: `${n}`, data: number, shard, ...options }));
};
type Three = [KinesisStreamRecord, KinesisStreamRecord, KinesisStreamRecord];
const stream = fanOutStream;

describe('with claims', () => {
  test('both of two equal members that BatchSize cuts apart run, each in an environment of its own', async () => {
    const { starts, deliver, told } = environments();
    const [a, beat] = recordsOf(['100', '200'], { stream, key: 'k' });
    await deliver([a!, beat!]);
    await deliver([structuredClone(beat!)]);
    expect(starts).toEqual([a, beat, beat].map((record) => record!.kinesis.data));
    expect(told('died-after-answer')).toEqual([]);
  });

  test('an equal member that fails in the next batch runs again, though the table knows the one before', async () => {
    const failing = new Set<string>();
    const { starts, deliver } = environments(failing);
    const [a, beat, z] = recordsOf(['100', '200', '201'], { stream }) as Three;
    failing.add(a.kinesis.data);
    expect(await deliver([a, beat])).toBe(1);
    failing.clear();
    failing.add(beat.kinesis.data);
    const next = [structuredClone(beat), z];
    expect(await deliver(next)).toBe(1);
    failing.clear();
    starts.length = 0;
    expect(await deliver(next)).toBe(0);
    expect(starts).toEqual([beat.kinesis.data]);
  });

  test('an equal member that fails alone is charged each time, though an answer had passed the one before', async () => {
    const failing = new Set<string>();
    const { starts, sink, deliver } = environments(failing);
    const [beat] = recordsOf(['300'], { stream }) as [KinesisStreamRecord];
    expect(await deliver([beat])).toBe(0);
    failing.add(beat.kinesis.data);
    for (const reported of [1, 1, 0]) expect(await deliver([structuredClone(beat)])).toBe(reported);
    expect(starts).toHaveLength(4);
    expect(sink.stored).toMatchObject([{ reason: 'attempts-exhausted', attempts: { failed: 3 } }]);
  });

  test('a batch that is delivered twice runs once, and no process is said to have died', async () => {
    const { starts, deliver, told } = environments();
    const batch = recordsOf(['100', '101']);
    await deliver(batch);
    await deliver(batch);
    expect(starts).toHaveLength(2);
    expect(told('died-after-answer')).toMatchObject([{ records: 2, isCertain: false }]);
  });

  test('records whose answer a function around Middy turns into a failure do not run in another environment, which is told', async () => {
    const { starts, deliver, told } = environments();
    const batch = recordsOf(['100', '101']);
    const failing =
      (invoke: Invoke): Invoke =>
      async (...args) => {
        await invoke(...args);
        throw new Error('planned');
      };
    await expect(deliver(batch, failing)).rejects.toThrow('planned');
    expect(await deliver(batch)).toBe(0);
    expect(starts).toHaveLength(2);
    expect(told('died-after-answer')).toMatchObject([{ isCertain: false }]);
  });

  test('deaths behind the answer of a lone record count from the disk, against the table', async () => {
    const [record] = recordsOf(['100'], { stream });
    const sink = new StoringSink();
    for (let delivery = 0; sink.stored.length === 0 && delivery < 12; delivery++) {
      const process = disk.boot();
      const local = process.ledger;
      const ledger = dynamodbLedger({ tableName: table.name, client: table.client, claims: true, local });
      const chain = middy()
        .use(streamGuard({ quarantine: { sink, attempts: 3 }, ledger, observe: () => {} }))
        .handler(eachRecord(() => {})) as unknown as Invoke;
      await chain({ Records: [structuredClone(record)] }, context);
      process.die();
    }
    expect(sink.stored).toMatchObject([{ reason: 'crashed' }]);
  });

  test.each([
    ['a stream', undefined],
    ['a consumer of enhanced fan-out', stream],
  ])(
    'the largest batch of %s keeps its memory',
    async (_name, stream) => {
      const batch = recordsOf(kinesisNumbers(10_000, seeded(3)), stream === undefined ? {} : { stream });
      const { sink, deliver, told } = environments(new Set([batch[0]!.kinesis.data]));
      let deliveries = 1;
      while ((await deliver(batch)) > 0 && deliveries < 8) deliveries++;
      expect([deliveries, sink.stored.length, told('ledger-failed')]).toEqual([3, 1, []]);
    },
    60_000,
  );
});
