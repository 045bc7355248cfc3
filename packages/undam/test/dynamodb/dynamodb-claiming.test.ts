import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { awsError, FaultyClient } from '../kit/dynamodb-faulty-client.ts';
import { kinesisNumbers, seeded } from '../kit/dynamodb-kinesis-numbers.ts';
import { startTableServer, type TableServer } from '../kit/dynamodb-server.ts';
import { memory } from '../kit/memories.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';

let server: TableServer;
let tableName: string;
beforeAll(async () => {
  server = await startTableServer();
  tableName = await server.createTable();
});
afterAll(() => server.close());

let shards = 0;
let key: LedgerKey;
let client: FaultyClient;
beforeEach(() => {
  key = { functionArn: 'f', eventSourceArn: 's', shardId: `shard-${++shards}` };
  client = new FaultyClient(server.client);
});

/** The ledger of a new environment. */
const open = (local?: Ledger): Ledger => dynamodbLedger({ tableName, client, claims: true, ...(local && { local }) });
const item = () => server.itemOf(tableName, key);
const flagsOf = (memories: ReadonlyMap<string, Memory>) =>
  Object.fromEntries([...memories].map(([number, { suspect }]) => [number, suspect]));
const claims = async () => ((await item())?.claims as { SS: string[] } | undefined)?.SS.length ?? 0;

/** An invocation that has begun in an environment of its own. */
async function begin(...numbers: string[]) {
  const [ledger, ours] = [open(), { ...key }];
  const memories = await ledger.recall(ours, numbers);
  return { memories, end: (changes: [string, Memory | undefined][] = []) => ledger.remember(ours, new Map(changes)) };
}

describe('an open claim', () => {
  test('makes suspects of its records, and the death of one that stood alone is charged once', async () => {
    await begin('11', '12');
    expect(flagsOf((await begin('11', '12')).memories)).toEqual({ 11: 'alone', 12: 'later' });
    const third = await begin('11', '12');
    expect(third.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { started: 1, crashed: 1 } });
    await third.end([['11', third.memories.get('11')]]);
    expect((await begin('11', '12')).memories.get('11')).toMatchObject({ attempts: { started: 1, crashed: 1 } });
  });

  test('of an invocation that ran by what its local ledger knew charges nobody: its records are suspects anew', async () => {
    await begin('11', '12');
    // Its marks say that the first is done and that the second has died: that one runs, not the first half of the claim.
    const local = memoryLedger();
    local.remember(
      { ...key },
      new Map([
        ['11', memory('done')],
        ['12', memory('open', 0, { suspect: 'alone' })],
      ]),
    );
    expect(flagsOf(await open(local).recall({ ...key }, ['11', '12']))).toEqual({ 11: undefined, 12: 'alone' });
    const elsewhere = await begin('11', '12');
    expect(flagsOf(elsewhere.memories)).toEqual({ 11: 'alone', 12: 'later' });
    expect(elsewhere.memories.get('11')?.attempts.crashed).toBe(0);
  });

  test('of a batch without a record in common means nothing, and stays', async () => {
    const lane = await begin('21', '22');
    const other = await begin('11', '12');
    expect(flagsOf(other.memories)).toEqual({});
    await other.end();
    expect(await claims()).toBe(1);
    await other.end([['11', memory('open', 1)]]);
    expect(await claims()).toBe(1);
    await lane.end();
    expect(await claims()).toBe(0);
  });

  test('that was opened meanwhile is not removed with the item', async () => {
    const first = await begin('11', '12');
    const lane = await begin('21', '22');
    await first.end();
    expect(client.operations.slice(2)).toEqual(['DeleteItem', 'GetItem', 'UpdateItem']);
    expect(await claims()).toBe(1);
    await lane.end();
  });

  test('that is closed by its owner, who was only taken for dead, leaves no suspects', async () => {
    const owner = await begin('11', '12');
    const finder = await begin('11', '12');
    expect(flagsOf(finder.memories)).toEqual({ 11: 'alone', 12: 'later' });
    await owner.end();
    await finder.end([
      ['11', undefined],
      ['12', finder.memories.get('12')],
    ]);
    expect(flagsOf((await begin('12', '13')).memories)).toEqual({ 12: undefined });
  });

  test('of an invocation that runs in this process is no death', async () => {
    const ledger = open();
    await ledger.recall({ ...key }, ['11']);
    expect(flagsOf(await ledger.recall({ ...key }, ['11']))).toEqual({});
  });

  test('that could not be closed is no death to the same environment, and goes with its next write', async () => {
    const ledger = open();
    const ours = { ...key };
    await ledger.recall(ours, ['11', '12']);
    client.fault = () => ({ kind: 'refused', error: awsError('ThrottlingException') });
    await expect(ledger.remember(ours, new Map([['11', memory('open', 1)]]))).rejects.toThrow('ThrottlingException');
    client.fault = () => undefined;
    const next = { ...key };
    expect(flagsOf(await ledger.recall(next, ['11', '12']))).toEqual({});
    await ledger.remember(next, new Map([['11', memory('open', 2)]]));
    expect(await claims()).toBe(0);
  });

  test('that could not be closed says nothing once the same environment has begun another', async () => {
    const ledger = open();
    await ledger.recall({ ...key }, ['11', '12']);
    await ledger.recall({ ...key }, ['11', '12']); // It runs both: to it the first is no death.
    const elsewhere = await begin('11', '12');
    expect(flagsOf(elsewhere.memories)).toEqual({ 11: 'alone', 12: 'later' });
    expect(elsewhere.memories.get('11')?.attempts.crashed).toBe(0);
    await elsewhere.end();
    expect(await claims()).toBe(0);
  });

  test('that another took for a death, and died, charges nobody to its owner: what was run does not follow from the rest', async () => {
    const ledger = open();
    await begin('11', '12');
    await ledger.recall({ ...key }, ['11', '12']);
    // It sees two deaths, of which the second ran nothing but the first record: it runs the others side by side, and dies.
    expect(flagsOf((await begin('12', '13')).memories)).toEqual({});
    const memories = await ledger.recall({ ...key }, ['12', '13']);
    expect(flagsOf(memories)).toEqual({ 12: 'alone', 13: 'later' });
    expect(memories.get('12')?.attempts.crashed).toBe(0);
  });

  test('that is closed by its owner, who was only taken for dead, charges nobody', async () => {
    const [owner, ownerKey] = [open(), { ...key }];
    await begin('11');
    await owner.recall(ownerKey, ['11']);
    const finder = await begin('11');
    expect(finder.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { crashed: 1 } });
    await owner.remember(ownerKey, new Map());
    await finder.end([['11', finder.memories.get('11')]]);
    expect(client.operations.slice(-3)).toEqual(['UpdateItem', 'GetItem', 'UpdateItem']);
    const next = await begin('11');
    expect(next.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { started: 0, crashed: 0 } });
  });

  test('whose opening was answered too late is closed all the same', async () => {
    const [ledger, ours] = [open(), { ...key }];
    let answer: (() => void) | undefined;
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    client.fault = ({ number }) => (number === 1 ? { kind: 'late', until } : undefined);
    const recalling = ledger.recall(ours, ['11']);
    const remembering = ledger.remember(ours, new Map());
    answer!();
    await Promise.all([recalling, remembering]);
    expect(await item()).toBeUndefined();
  });

  test('whose opening lost its answer is closed all the same', async () => {
    const [ledger, ours] = [open(), { ...key }];
    client.fault = ({ number }) =>
      number === 1 ? { kind: 'answer-lost', error: awsError('TimeoutError') } : undefined;
    await expect(ledger.recall(ours, ['11'])).rejects.toMatchObject({ code: 'ledger-unusable' });
    expect(await claims()).toBe(1);
    await ledger.remember(ours, new Map([['11', memory('open', 1)]]));
    expect(await claims()).toBe(0);
  });

  test('whose opening was repeated by the SDK, since its answer was lost, is closed, and what was learned is kept', async () => {
    const [ledger, ours] = [open(), { ...key }];
    client.fault = ({ number }) => (number === 1 ? { kind: 'repeated' } : undefined);
    expect(flagsOf(await ledger.recall(ours, ['11', '12']))).toEqual({});
    await ledger.remember(ours, new Map([['11', memory('open', 1)]]));
    expect(await claims()).toBe(0);
    expect((await begin('11', '12')).memories.get('11')).toMatchObject({ attempts: { failed: 1 } });
  });

  test('of 10,000 records is kept once, however often the batch is delivered', async () => {
    const numbers = kinesisNumbers(10_000, seeded(2), 65_536);
    const sizes: number[] = [];
    for (let delivery = 0; delivery < 3; delivery++) {
      await begin(...numbers);
      sizes.push(JSON.stringify(await item()).length);
    }
    expect(sizes[2]! - sizes[1]!).toBeLessThan(200);
  });

  test('that finds no room takes the place of the others, and keeps what is known', async () => {
    const known = await begin('11', '12');
    await known.end([['12', memory('open', 2)]]);
    const before = (await item())!;
    const bulk = Array.from({ length: 4 }, (_, at) => Buffer.alloc(99_900, at));
    const stale = { claims: { SS: ['0.a.b'] }, batches: { BS: bulk } };
    await server.replaceItem(tableName, key, { ...before, ...stale });
    const begun = await begin(...kinesisNumbers(2_000, seeded(3), 1e9), '12');
    expect(begun.memories.get('12')).toMatchObject({ attempts: { failed: 2 } });
    expect(await claims()).toBe(1);
  });
});

test('what a local ledger knows exactly counts more than a claim', async () => {
  await begin('11', '12', '13', '14');
  const exact: Ledger = {
    recall: () => new Map([['13', memory('open', 0, { suspect: 'alone' })]]),
    remember: () => {},
  };
  const [ledger, ours] = [open(exact), { ...key }];
  expect(flagsOf(await ledger.recall(ours, ['11', '12', '13', '14']))).toEqual({ 13: 'alone' });
  await ledger.remember(ours, new Map([['13', memory('open', 0, { suspect: 'alone' })]]));
  expect(flagsOf((await begin('13', '14')).memories)).toEqual({ 13: 'alone', 14: 'later' });
});

test('what claims have said of records is told neither to a local ledger nor, when it is told again, to the table', async () => {
  const local = memoryLedger();
  await begin('11', '12', '13', '14');
  const [ledger, ours] = [open(local), { ...key }];
  const memories = await ledger.recall(ours, ['11', '12', '13', '14', '15']);
  expect(flagsOf(memories)).toEqual({ 11: undefined, 12: undefined, 13: 'later', 14: 'later', 15: 'later' });
  const told = new Map([...memories].slice(2));
  await ledger.remember(ours, told);
  await ledger.remember(ours, told);
  expect(flagsOf(await local.recall(key, ['13', '14', '15']))).toEqual({ 13: undefined, 14: undefined, 15: undefined });
  const next = await open().recall({ ...key }, ['15', '16']);
  expect(flagsOf(next)).toEqual({ 15: undefined });
});

describe('under the engine', () => {
  const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
  const streamKey = (): LedgerKey => ({
    functionArn: `${arn}:${key.shardId}`,
    eventSourceArn: kinesisEvent('a').Records[0]!.eventSourceARN,
    shardId: 'shardId-000000000000',
  });
  const context = () => ({
    invokedFunctionArn: `${arn}:${key.shardId}`,
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

  test('invocations side by side close each its own claim', async () => {
    const { invoke, events } = aFunction(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await Promise.all([invoke('11', '12'), invoke('21', '22'), invoke('31')]);
    expect(events.filter(({ type }) => type === 'ledger-failed')).toEqual([]);
    expect((await server.itemOf(tableName, streamKey()))?.claims).toBeUndefined();
  });

  test('after a death the first half runs, the second is reported, and the next delivery runs half of that', async () => {
    await dynamodbLedger({ tableName, client, claims: true }).recall(streamKey(), ['11', '12', '13', '14']);
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
    const left = Object.keys((await server.itemOf(tableName, streamKey())) ?? {});
    expect(left).not.toContain('entry');
    expect(left).not.toContain('claims');
  });
});
