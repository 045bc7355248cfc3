import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { KinesisEvent } from '../stream/kinesis-source.ts';
import { inProcess, invocationIsRunning, type LocalFunctionSettings, type StreamHandler } from './in-process.ts';
import type { LambdaContext } from './lambda-context.ts';
import { type LiveOptions, runLive } from './run-live.ts';
import { longestStandstillMs } from './shard-report.ts';

const streamName = 'orders';
const count = 60;
const untilSequenceNumbers = new Map<string, string>();
let emulator: ChildProcess;
let client: KinesisClient;

beforeAll(async () => {
  emulator = fork(fileURLToPath(new URL('./fixtures/kinesalite.mjs', import.meta.url)));
  const [endpoint] = (await once(emulator, 'message')) as [string];
  client = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: new NodeHttpHandler(),
  });
  await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 2 }));
  await sleep(50);
  const Records = Array.from({ length: count }, (_, n) => ({
    Data: Buffer.from(`${n}`),
    PartitionKey: `key ${n % 7}`,
  }));
  const { Records: put = [] } = await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
  for (const { ShardId, SequenceNumber } of put) untilSequenceNumbers.set(ShardId!, SequenceNumber!);
});

afterAll(async () => {
  client.destroy();
  emulator.kill('SIGKILL');
  await once(emulator, 'exit');
});

interface Options extends Partial<LiveOptions> {
  readonly function?: LocalFunctionSettings;
  readonly backoffMs?: () => number;
}

function poll(handler: StreamHandler, options: Options = {}) {
  const { function: settings = { timeoutMs: 10_000 }, backoffMs = () => 1, ...others } = options;
  const invoker = inProcess(handler, settings);
  const mapping = { BatchSize: 10 };
  return runLive({ client, streamName, untilSequenceNumbers, invoker, mapping, assumptions: { backoffMs }, ...others });
}

function payloads(event: KinesisEvent): number[] {
  return event.Records.map((record) => Number(Buffer.from(record.kinesis.data, 'base64').toString()));
}

describe('a stream that is polled', () => {
  test('arrives whole, in order per shard, in batches of one shard and of BatchSize at most', async () => {
    const batches: KinesisEvent[] = [];
    const reports = await poll(async (event) => batches.push(event));
    const seen = batches.flatMap(payloads);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(Math.max(...batches.map((event) => event.Records.length))).toBe(10);
    for (const event of batches) {
      expect(payloads(event)).toEqual(payloads(event).toSorted((a, b) => a - b));
      expect(new Set(event.Records.map((record) => record.eventID.split(':')[0])).size).toBe(1);
    }
    expect(reports).toHaveLength(2);
    expect(reports.flatMap((report) => report.advances).reduce((sum, advance) => sum + advance.records, 0)).toBe(count);
  });

  test('gives the handler what Lambda gives it', async () => {
    let seen: { event: KinesisEvent; context: LambdaContext; remainingMs: number } | undefined;
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:book-orders';
    await poll(
      async (event, context) => {
        seen ??= { event, context, remainingMs: context.getRemainingTimeInMillis() };
      },
      { function: { timeoutMs: 10_000, functionArn } },
    );
    expect(seen?.context).toMatchObject({ invokedFunctionArn: functionArn, functionName: 'book-orders' });
    expect(seen?.remainingMs).toBeGreaterThan(0);
    expect(seen?.remainingMs).toBeLessThanOrEqual(10_000);
    const record = seen?.event.Records[0];
    expect(record).toMatchObject({ eventSource: 'aws:kinesis', awsRegion: 'us-east-1', eventVersion: '1.0' });
    expect(record?.eventID).toBe(`${record?.eventID.split(':')[0]}:${record?.kinesis.sequenceNumber}`);
    expect(record?.kinesis.approximateArrivalTimestamp).toBeGreaterThan(1_000_000_000);
    expect(record?.kinesis.approximateArrivalTimestamp).toBeLessThan(10_000_000_000);
  });

  test('runs the batches of a shard one after another, and its shards side by side', async () => {
    const running = new Set<string>();
    const overlaps: string[] = [];
    const sideBySide = Promise.withResolvers<boolean>();
    await poll(async (event) => {
      const shard = event.Records[0]!.eventID.split(':')[0]!;
      if (running.has(shard)) overlaps.push(shard);
      running.add(shard);
      if (running.size === 2) sideBySide.resolve(true);
      // However busy the machine is, each shard's first batch waits for the other's; without one, in vain.
      await Promise.race([sideBySide.promise, sleep(9_000, undefined, { ref: false })]);
      running.delete(shard);
    });
    sideBySide.resolve(false);
    expect(overlaps).toEqual([]);
    expect(await sideBySide.promise).toBe(true);
  });

  test('stops at a poison record until its retries have run out, then goes on without its batch', async () => {
    const reports = await poll(
      async (event) => {
        if (payloads(event).includes(0)) throw new Error('poison');
      },
      { mapping: { BatchSize: 10, MaximumRetryAttempts: 2 }, backoffMs: () => 20 },
    );
    const hurt = reports.find((report) => report.discarded.length > 0)!;
    expect(hurt.functionErrors).toBe(3);
    expect(hurt.discarded[0]).toMatchObject({ approximateInvokeCount: 3, condition: 'RetryAttemptsExhausted' });
    expect(hurt.discarded[0]?.records).toHaveLength(10);
    expect(longestStandstillMs(hurt)).toBeGreaterThanOrEqual(40);
  });

  test('is halved by bisect down to the poison record, and keeps its order', async () => {
    const done: KinesisEvent[] = [];
    const reports = await poll(
      async (event) => {
        if (payloads(event).includes(30)) throw new Error('poison');
        done.push(event);
      },
      { mapping: { BatchSize: 10, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 } },
    );
    expect(reports.flatMap((report) => report.discarded).map((discard) => discard.records.length)).toEqual([1]);
    for (const { shardId } of reports) {
      const ofShard = done.filter((event) => event.Records[0]?.eventID.startsWith(shardId)).flatMap(payloads);
      expect(ofShard).toEqual(ofShard.toSorted((a, b) => a - b));
    }
    expect(done.flatMap(payloads)).toHaveLength(count - 1);
  });

  test('takes a handler that hangs for a function error, and hears nothing more of it', async () => {
    const aftermath: boolean[] = [];
    const hang = async (): Promise<unknown> => {
      await sleep(300);
      aftermath.push(invocationIsRunning());
      return { batchItemFailures: [] };
    };
    const reports = await poll(async (event) => (payloads(event).includes(0) ? hang() : null), {
      mapping: { BatchSize: 10, MaximumRetryAttempts: 1 },
      function: { timeoutMs: 100 },
    });
    expect(reports.reduce((sum, report) => sum + report.functionErrors, 0)).toBe(2);
    expect(reports.flatMap((report) => report.discarded)).toHaveLength(1);
    while (aftermath.length < 2) await sleep(10);
    expect(aftermath).toEqual([false, false]);
  });

  test('ends between two invocations when it is told to', async () => {
    const abort = new AbortController();
    const reports = await poll(
      async () => {
        abort.abort();
        throw new Error('again');
      },
      { signal: abort.signal },
    );
    expect(reports.reduce((sum, report) => sum + report.invocations, 0)).toBeLessThanOrEqual(2);
  });
});
