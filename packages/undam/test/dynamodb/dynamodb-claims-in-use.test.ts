import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import type { Ledger, LedgerKey } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { suspectsIn } from '../kit/begun-invocation.ts';
import { useClaimedShard } from '../kit/claimed-shard.ts';
import { memory } from '../kit/memories.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';

const { table, shard, open, begin } = useClaimedShard();

test('the exact memory of a local ledger outweighs a claim', async () => {
  await begin('11', '12', '13', '14');
  const exact: Ledger = {
    recall: () => new Map([['13', memory('open', 0, { suspect: 'alone' })]]),
    remember: () => {},
  };
  const [ledger, ours] = [open(exact), { ...shard.key }];
  expect(suspectsIn(await ledger.recall(ours, ['11', '12', '13', '14']))).toEqual({ 13: 'alone' });
  await ledger.remember(ours, new Map([['13', memory('open', 0, { suspect: 'alone' })]]));
  expect(suspectsIn((await begin('13', '14')).memories)).toEqual({ 13: 'alone', 14: 'later' });
});

test('suspects that follow from claims reach neither a local ledger nor, told again, the table', async () => {
  const local = memoryLedger();
  await begin('11', '12', '13', '14');
  const [ledger, ours] = [open(local), { ...shard.key }];
  const memories = await ledger.recall(ours, ['11', '12', '13', '14', '15']);
  expect(suspectsIn(memories)).toEqual({ 11: undefined, 12: undefined, 13: 'later', 14: 'later', 15: 'later' });
  const told = new Map([...memories].slice(2));
  await ledger.remember(ours, told);
  await ledger.remember(ours, told);
  expect(suspectsIn(await local.recall(shard.key, ['13', '14', '15']))).toEqual({
    13: undefined,
    14: undefined,
    15: undefined,
  });
  const next = await open().recall({ ...shard.key }, ['15', '16']);
  expect(suspectsIn(next)).toEqual({ 15: undefined });
});

describe('under the engine', () => {
  const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
  const streamKey = (): LedgerKey => ({
    functionArn: `${arn}:${shard.key.shardId}`,
    eventSourceArn: kinesisEvent('a').Records[0]!.eventSourceARN,
    shardId: 'shardId-000000000000',
  });
  const context = () => ({
    invokedFunctionArn: `${arn}:${shard.key.shardId}`,
    getRemainingTimeInMillis: () => 20_000,
  });

  function aFunction(handle: (number: string) => unknown = () => {}) {
    const events: UndamEvent[] = [];
    const starts: string[] = [];
    const guard = streamGuard({
      quarantine: { sink: new StoringSink(), attempts: 3, retry: 'redelivery' },
      ledger: open(),
      observe: (event) => void events.push(event),
    });
    const handler = middy()
      .use(guard)
      .handler(
        eachRecord(({ kinesis }) => {
          starts.push(kinesis.sequenceNumber);
          return handle(kinesis.sequenceNumber) as Promise<void>;
        }) as never,
      );
    const invoke = (...numbers: string[]) => handler(kinesisEvent(...numbers) as never, context() as never) as unknown;
    return { invoke, events, starts };
  }

  test('each of several invocations side by side closes its own claim', async () => {
    const { invoke, events } = aFunction(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await Promise.all([invoke('11', '12'), invoke('21', '22'), invoke('31')]);
    expect(events.filter(({ type }) => type === 'ledger-failed')).toEqual([]);
    expect((await table.server.itemOf(table.name, streamKey()))?.claims).toBeUndefined();
  });

  test('after a death the first half runs, the second is reported, and the next delivery runs half of that', async () => {
    await dynamodbLedger({ tableName: table.name, client: shard.client, claims: true }).recall(streamKey(), [
      '11',
      '12',
      '13',
      '14',
    ]);
    const { invoke, starts } = aFunction();
    const reported = (...numbers: string[]) => ({
      batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await invoke('11', '12', '13', '14')).toEqual(reported('13', '14'));
    expect(starts.splice(0)).toEqual(['11', '12']);
    expect(await invoke('13', '14', '15')).toEqual(reported('14', '15'));
    expect(starts.splice(0)).toEqual(['13']);
    expect(await invoke('14', '15')).toEqual(reported('15'));
    expect(await invoke('15', '16')).toEqual(reported());
    expect(starts).toEqual(['14', '15', '16']);
    const left = Object.keys((await table.server.itemOf(table.name, streamKey())) ?? {});
    expect(left).not.toContain('entry');
    expect(left).not.toContain('claims');
  });
});
