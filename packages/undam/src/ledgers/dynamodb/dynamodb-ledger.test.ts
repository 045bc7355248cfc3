import { describe, expect, test } from '@jest/globals';
import { type LedgerOptions, useShard } from '../../../test/kit/dynamodb-shard.ts';
import { useTable } from '../../../test/kit/dynamodb-table.ts';
import { memory } from '../../../test/kit/memories.ts';
import { dynamodbLedger } from './index.ts';

const table = useTable();
const shard = useShard(table);

describe('calls', () => {
  test('an invocation that succeeds reads once and writes nothing', async () => {
    const ledger = shard.open();
    expect(await shard.known(ledger, '1', '2')).toEqual({});
    await shard.learn(ledger, {});
    expect(shard.client.operations).toEqual(['GetItem']);
    expect(shard.client.calls[0]!.input).toMatchObject({ ConsistentRead: true });
  });

  test('one that leaves memories reads once and writes once, over any number of records', async () => {
    const ledger = shard.open();
    const numbers = Array.from({ length: 500 }, (_, at) => String(1_000 + at));
    await ledger.recall(shard.key, numbers);
    await ledger.remember(
      shard.key,
      new Map(numbers.map((number, at) => [number, memory(at === 0 ? 'open' : 'done', at)])),
    );
    expect(shard.client.operations).toEqual(['GetItem', 'UpdateItem']);
  });

  test('the item is removed with its last record, again in one write', async () => {
    const ledger = shard.open();
    await shard.learn(ledger, { 1: memory('open', 1), 2: memory('done') });
    shard.client.calls.length = 0;
    await ledger.recall(shard.key, ['1', '2']);
    await ledger.remember(shard.key, new Map(['1', '2'].map((number) => [number, undefined])));
    expect(shard.client.operations).toEqual(['GetItem', 'DeleteItem']);
    expect(await shard.item()).toBeUndefined();
  });

  test('with claims: one update that also reads, and one write, also in success', async () => {
    const ledger = shard.open({ client: shard.client, claims: true });
    await ledger.recall(shard.key, ['1', '2']);
    expect(await shard.item()).toBeDefined();
    await ledger.remember(shard.key, new Map());
    expect(shard.client.operations).toEqual(['UpdateItem', 'DeleteItem']);
    expect(await shard.item()).toBeUndefined();
  });

  test('every write carries the time of expiry for DynamoDB, in epoch seconds', async () => {
    const before = Math.floor(Date.now() / 1_000);
    await shard.learn(shard.open({ client: shard.client, expiresAfterSeconds: 86_400 }), { 1: memory('open', 1) });
    const { ttl } = (await shard.item()) as { ttl: { N: string } };
    expect(Number(ttl.N) - before).toBeGreaterThanOrEqual(86_400);
    expect(Number(ttl.N) - before).toBeLessThan(90_000);
  });

  test('the table and its key are named as documented', async () => {
    await shard.learn(shard.open(), { 1: memory('open', 1) });
    expect(await shard.item()).toMatchObject({
      pk: { S: JSON.stringify(['f', 's', shard.key.shardId]) },
      version: { N: '1' },
    });
  });
});

describe('a memory that is not renewed', () => {
  const hour = 3_600_000;

  const at = (now: number, more: LedgerOptions = {}) =>
    shard.openAt(() => now, { client: shard.client, expiresAfterSeconds: 86_400, ...more });

  test('of a resolved record is forgotten within two hours of the last unresolved one', async () => {
    await shard.learn(at(1_000 * hour), { 1: memory('open', 1), 2: memory('done') });
    await shard.learn(at(1_020 * hour), { 1: undefined, 3: memory('done') });
    expect(await shard.known(at(1_021.99 * hour), '2', '3')).toEqual({ 2: memory('done'), 3: memory('done') });
    expect(await shard.known(at(1_022 * hour), '2', '3')).toEqual({});
  });

  test('expires, though DynamoDB keeps the item', async () => {
    await shard.learn(at(1_000 * hour), { 1: memory('open', 1), 2: memory('done') });
    await shard.learn(at(1_020 * hour), { 3: memory('open', 1) });
    expect(await shard.known(at(1_020 * hour), '1', '2', '3')).toEqual({
      1: memory('open', 1),
      2: memory('done'),
      3: memory('open', 1),
    });
    expect(await shard.known(at(1_030 * hour), '1', '2', '3')).toEqual({ 3: memory('open', 1) });
  });

  test('a claim that was never closed goes with the next write', async () => {
    await shard.known(at(1_000 * hour, { claims: true }), '7');
    await shard.learn(at(1_030 * hour), { 1: memory('open', 1) });
    expect(await shard.item()).not.toHaveProperty('claims');
  });
});

describe('options', () => {
  test.each<readonly [string, Record<string, unknown>]>([
    ['tableName', {}],
    ['tableName', { tableName: '' }],
    ['tableName', { tableName: 'a table' }],
    ['client', { tableName: 'abc', client: {} }],
    ['region', { tableName: 'abc', region: '' }],
    ['endpoint', { tableName: 'abc', endpoint: 'here' }],
    ['claims', { tableName: 'abc', claims: 'yes' }],
    ['local', { tableName: 'abc', local: {} }],
    ['local', { tableName: 'abc', local: { claims: true, recall() {}, remember() {} } }],
    ['expiresAfterSeconds', { tableName: 'abc', expiresAfterSeconds: 60 }],
    ['requestTimeoutMs', { tableName: 'abc', requestTimeoutMs: 0 }],
    ['region', { tableName: 'abc', client: { send() {} }, region: 'eu-west-1' }],
    ['table', { table: 'abc' }],
  ])('%s is checked at construction: %p', (name, options) => {
    expect(() => dynamodbLedger(options as never)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(name) }),
    );
  });
});
