import { describe, expect, test } from '@jest/globals';
import { awsError } from '../kit/dynamodb-faulty-client.ts';
import { useShard } from '../kit/dynamodb-shard.ts';
import { useTable } from '../kit/dynamodb-table.ts';
import { memory } from '../kit/memories.ts';

const table = useTable();
const shard = useShard(table);

describe('writers at once', () => {
  test('a write against a changed item merges, with one further read if the answer lacks the item', async () => {
    const [one, other] = [shard.open(), shard.open({ client: table.client })];
    await one.recall(shard.key, ['1', '2']);
    await shard.learn(other, { 2: memory('open', 2) });
    await one.remember(shard.key, new Map([['1', memory('open', 1)]]));
    expect(shard.client.operations).toEqual(['GetItem', 'UpdateItem', 'GetItem', 'UpdateItem']);
    expect(await shard.known(one, '1', '2')).toEqual({ 1: memory('open', 1), 2: memory('open', 2) });
  });

  test('an item in the answer of a conflict is not read again', async () => {
    const one = shard.open();
    await one.recall(shard.key, ['1', '2']);
    await shard.learn(shard.open({ client: table.client }), { 2: memory('open', 2) });
    const Item = await shard.item();
    shard.client.fault = ({ number }) =>
      number === 2
        ? { kind: 'refused', error: Object.assign(awsError('ConditionalCheckFailedException'), { Item }) }
        : undefined;
    await one.remember(shard.key, new Map([['1', memory('open', 1)]]));
    expect(shard.client.operations).toEqual(['GetItem', 'UpdateItem', 'UpdateItem']);
    expect(shard.client.calls[1]!.input).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    expect(await shard.known(one, '1', '2')).toEqual({ 1: memory('open', 1), 2: memory('open', 2) });
  });

  test('an item that was removed and made anew is another item than the one read before', async () => {
    const [one, other] = [shard.open(), shard.open({ client: table.client })];
    await shard.learn(one, { 1: memory('open', 1) });
    await one.recall(shard.key, ['1', '2']);
    await shard.learn(other, { 1: memory('done') });
    await shard.learn(other, { 2: memory('open', 5) });
    await one.remember(shard.key, new Map([['1', memory('done')]]));
    expect(await shard.known(one, '2')).toEqual({ 2: memory('open', 5) });
  });

  test('an item that another writer has filled meanwhile is not removed', async () => {
    const [one, other] = [shard.open(), shard.open({ client: table.client })];
    await shard.learn(one, { 1: memory('open', 1) });
    await one.recall(shard.key, ['1']);
    await shard.learn(other, { 2: memory('open', 2) });
    await one.remember(shard.key, new Map([['1', memory('done')]]));
    expect(await shard.known(one, '1', '2')).toEqual({
      1: { ...memory('open', 1), state: 'done' },
      2: memory('open', 2),
    });
  });

  test('twenty environments with claims lose nothing and leave no claim', async () => {
    const writers = [...Array(20).keys()].map((n) => 100 + n);
    await Promise.all(
      writers.map(async (n) => {
        const [ledger, ours] = [shard.open({ client: table.client, claims: true }), { ...shard.key }];
        await ledger.recall(ours, [String(n)]);
        await ledger.remember(ours, new Map([[String(n), memory('open', n)]]));
      }),
    );
    expect(await shard.known(shard.open(), ...writers.map(String))).toEqual(
      Object.fromEntries(writers.map((n) => [n, memory('open', n)])),
    );
    expect(await shard.item()).not.toHaveProperty('claims');
    expect(await shard.item()).not.toHaveProperty('batches');
  });

  test('a write that is always too late ends in an error', async () => {
    shard.client.fault = ({ operation }) =>
      operation === 'UpdateItem' ? { kind: 'refused', error: awsError('ConditionalCheckFailedException') } : undefined;
    const ledger = shard.openAt(Date.now);
    await expect(shard.learn(ledger, { 1: memory('open', 1) })).rejects.toMatchObject({ code: 'ledger-unusable' });
  });
});
