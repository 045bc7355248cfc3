import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsError, FaultyClient } from '../../../test/kit/dynamodb-faulty-client.ts';
import { kinesisNumbers, seeded } from '../../../test/kit/dynamodb-kinesis-numbers.ts';
import { startTableServer, type TableServer } from '../../../test/kit/dynamodb-server.ts';
import { memory } from '../../../test/kit/memories.ts';
import type { Ledger, LedgerKey, Memory } from '../ledger.ts';
import { answerName } from './answers.ts';
import { type DynamodbLedgerOptions, dynamodbLedger } from './index.ts';
import { createDynamodbLedger } from './ledger-on-table.ts';

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
  key = { functionArn: 'f', eventSourceArn: 's', shardId: `answers-${++shards}` };
  client = new FaultyClient(server.client);
});

const numbers = ['11', '12', '13', '14'];
const answered = memory('done', 0, { answered: 'unconfirmed' });
const done = memory('done', 0);
const minute = 60_000;

/** The ledger of a new process. */
const open = (options: Partial<DynamodbLedgerOptions> = {}): Ledger =>
  dynamodbLedger({ tableName, client, claims: true, ...options });

/** The same at a time of its own. */
const openAt = (now: () => number): Ledger =>
  createDynamodbLedger(
    { tableName, client, claims: true },
    {
      load: () => import('@aws-sdk/client-dynamodb'),
      random: Math.random,
      now,
      nonce: () => Math.random().toString(36).slice(2),
      sleep: () => Promise.resolve(),
    },
  );

const attributes = async (): Promise<string[]> => Object.keys((await server.itemOf(tableName, key)) ?? {});
const answers = async () => (await attributes()).filter((name) => name.startsWith('answer.'));

/** An invocation that has begun. */
async function begin(ledger: Ledger, batch: readonly string[]) {
  const ours = { ...key };
  const memories = await ledger.recall(ours, batch);
  return {
    memories: Object.fromEntries(memories),
    end: (changes: Record<string, Memory | undefined> = {}, passed?: readonly string[]) =>
      ledger.remember(ours, new Map(Object.entries(changes)), passed),
  };
}

/** One that has begun and answered. */
async function answer(ledger: Ledger, batch: readonly string[], passed = batch) {
  const invocation = await begin(ledger, batch);
  await invocation.end({}, passed);
  return invocation;
}

describe('an answer', () => {
  test('whose records come again elsewhere was lost: they are done, and no suspects', async () => {
    await answer(open(), numbers, ['11', '12']);
    expect((await begin(open(), numbers)).memories).toEqual({ 11: answered, 12: answered });
  });

  test('costs no write more', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    await answer(ledger, ['15', '16']);
    expect(client.calls).toHaveLength(4);
  });

  test('of a process that goes on is taken out with its next invocation', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    const next = await begin(ledger, ['15']);
    expect(await answers()).toEqual([]);
    await next.end({}, ['15']);
    expect(await answers()).toHaveLength(1);
    expect((await begin(open(), numbers)).memories).toEqual({});
  });

  test('of the same process means nothing to it', async () => {
    const ledger = open();
    await answer(ledger, numbers);
    expect((await begin(ledger, numbers)).memories).toEqual({});
  });

  test('is told of once: what the next invocation learned of a record is no news', async () => {
    await answer(open(), numbers, ['11', '12']);
    const second = await begin(open(), numbers);
    // It fails as a whole: everything comes again.
    await second.end({ 11: memory('done'), 12: memory('done') });
    expect((await begin(open(), numbers)).memories).toEqual({ 11: memory('done'), 12: memory('done') });
  });

  test('gives way to the answer that passes its records again, and stays where that passes a half of them', async () => {
    await answer(open(), numbers);
    const half = await begin(open(), ['11', '12']);
    await half.end({ 11: undefined, 12: undefined }, ['11', '12']);
    expect(await answers()).toHaveLength(2);
    const other = await begin(open(), ['13', '14']);
    expect(other.memories).toEqual({ 13: answered, 14: answered });
    await other.end({ 13: undefined, 14: undefined }, ['13', '14']);
    const whole = await begin(open(), numbers);
    expect(Object.keys(whole.memories)).toEqual(numbers);
    await whole.end(Object.fromEntries(numbers.map((number) => [number, undefined])), numbers);
    expect(await answers()).toHaveLength(1);
    expect(await attributes()).not.toContain('entry');
  });

  test('that was taken back passes nothing, whenever its write arrives', async () => {
    const invocation = await answer(open(), numbers);
    await invocation.end({ 11: memory('open') });
    expect(await answers()).toEqual([]);
    const late = await begin(open(), ['21', '22']);
    const [answering, failing] = [late.end({}, ['21', '22']), late.end({ 21: memory('open', 1) })];
    await Promise.all([answering, failing]);
    expect(await answers()).toEqual([]);
    expect((await begin(open(), ['21', '22'])).memories['22']).toBeUndefined();
  });

  test('is made to pass less', async () => {
    const invocation = await answer(open(), numbers);
    await invocation.end({ 13: undefined, 14: undefined }, ['11', '12']);
    expect(await answers()).toHaveLength(1);
    expect((await begin(open(), numbers)).memories).toEqual({ 11: answered, 12: answered });
  });

  test('leaves an item that expires 15 minutes later, and as late as any other while something else is in it', async () => {
    const ttl = async () => Number(((await server.itemOf(tableName, key)) as { ttl: { N: string } }).ttl.N);
    const seconds = Date.now() / 1_000;
    await answer(open(), numbers);
    expect(await ttl()).toBeLessThan(seconds + 15 * 60 + 60);
    const invocation = await begin(open(), ['21', '22']);
    expect(await ttl()).toBeGreaterThan(seconds + 6 * 86_400);
    await invocation.end({ 22: memory('open', 1) }, ['21']);
    expect(await ttl()).toBeGreaterThan(seconds + 6 * 86_400);
  });

  test('is left, too, where nobody has answered that its claim was opened, and the item has gone', async () => {
    client.fault = () => ({ kind: 'refused', error: awsError('ThrottlingException') });
    const ours = { ...key };
    const ledger = open();
    await expect(ledger.recall(ours, numbers)).rejects.toThrow('throttled');
    client.fault = () => undefined;
    await ledger.remember(ours, new Map(), numbers);
    expect(await answers()).toHaveLength(1);
  });

  test('that passes nothing leaves nothing', async () => {
    await answer(open(), numbers, []);
    expect(await attributes()).toEqual([]);
  });

  test('is forgotten after 15 minutes, and taken out by whoever writes next', async () => {
    await answer(
      openAt(() => 1_000 * minute),
      numbers,
    );
    expect(
      (
        await begin(
          openAt(() => 1_014 * minute),
          ['12'],
        )
      ).memories,
    ).toEqual({ 12: answered });
    const later = openAt(() => 1_016 * minute);
    expect(
      Object.keys(
        (
          await begin(
            openAt(() => 1_016 * minute),
            ['11'],
          )
        ).memories,
      ),
    ).toEqual([]);
    await answer(later, ['99']);
    expect(await answers()).toHaveLength(1);
  });

  test('means nothing without claims', async () => {
    await answer(open(), numbers);
    expect((await begin(open({ claims: false }), numbers)).memories).toEqual({});
    await answer(open({ claims: false }), ['99']);
    expect(await answers()).toHaveLength(1);
  });

  test('gives older ones no room that others have taken meanwhile', async () => {
    const invocation = await begin(open(), numbers);
    const item = (await server.itemOf(tableName, key)) ?? {};
    const large = { B: new Uint8Array(408_000) };
    await server.replaceItem(tableName, key, { ...item, [answerName(Date.now(), 'large')]: large });
    await invocation.end({}, kinesisNumbers(10_000, seeded(7)));
    expect(await answers()).toHaveLength(1);
    expect(await attributes()).not.toContain('claims');
  });

  test.each([
    ['answers', (large: object) => ({ [answerName(Date.now(), 'large')]: large })],
    ['a foreign attribute', (large: object) => ({ foreign: large })],
  ])('leaves what is known readable, where %s fill the item', async (_what, filling) => {
    const invocation = await begin(open(), numbers);
    await invocation.end({ 11: memory('open', 1), 12: done });
    const item = (await server.itemOf(tableName, key)) ?? {};
    await server.replaceItem(tableName, key, { ...item, ...filling({ B: new Uint8Array(408_900) }) });
    const next = await begin(open(), kinesisNumbers(10_000, seeded(7)).concat(numbers));
    expect(next.memories).toMatchObject({ 11: memory('open', 1), 12: done });
  });

  test('has the room that is left: of many that are large the oldest go', async () => {
    const many = kinesisNumbers(10_000, seeded(7));
    for (let n = 0; n < 12; n++) await answer(open(), many.slice(n));
    const item = await server.itemOf(tableName, key);
    const bytes = Object.values(item ?? {}).reduce<number>(
      (sum, value) => sum + ((value as { B?: Uint8Array }).B?.length ?? 0),
      0,
    );
    expect(bytes).toBeLessThan(350_000);
    expect((await begin(open(), many.slice(11))).memories[many[11]!]).toEqual(answered);
  });
});
