import { describe, expect, test } from '@jest/globals';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { suspectsIn } from '../kit/begun-invocation.ts';
import { useClaimedShard } from '../kit/claimed-shard.ts';
import { awsError } from '../kit/dynamodb-faulty-client.ts';
import { memory } from '../kit/memories.ts';

const { shard, open, begin, claims } = useClaimedShard();

describe('an open claim', () => {
  test('makes suspects of its records, and the death of one alone is charged once', async () => {
    await begin('11', '12');
    expect(suspectsIn((await begin('11', '12')).memories)).toEqual({ 11: 'alone', 12: 'later' });
    const third = await begin('11', '12');
    expect(third.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { started: 1, crashed: 1 } });
    await third.end({ 11: third.memories.get('11') });
    expect((await begin('11', '12')).memories.get('11')).toMatchObject({ attempts: { started: 1, crashed: 1 } });
  });

  test('of an invocation that followed its local ledger charges no record: its records are suspects anew', async () => {
    await begin('11', '12');
    // By its marks the first is done and the second has died: the second runs, not the first half of the claim.
    const local = memoryLedger();
    local.remember(
      { ...shard.key },
      new Map([
        ['11', memory('done')],
        ['12', memory('open', 0, { suspect: 'alone' })],
      ]),
    );
    expect(suspectsIn(await open(local).recall({ ...shard.key }, ['11', '12']))).toEqual({
      11: undefined,
      12: 'alone',
    });
    const elsewhere = await begin('11', '12');
    expect(suspectsIn(elsewhere.memories)).toEqual({ 11: 'alone', 12: 'later' });
    expect(elsewhere.memories.get('11')?.attempts.crashed).toBe(0);
  });

  test('of a batch without a record in common means nothing, and stays', async () => {
    const lane = await begin('21', '22');
    const other = await begin('11', '12');
    expect(suspectsIn(other.memories)).toEqual({});
    await other.end();
    expect(await claims()).toBe(1);
    await other.end({ 11: memory('open', 1) });
    expect(await claims()).toBe(1);
    await lane.end();
    expect(await claims()).toBe(0);
  });

  test('that was opened meanwhile survives the removal of the item', async () => {
    const first = await begin('11', '12');
    const lane = await begin('21', '22');
    await first.end();
    expect(shard.client.operations.slice(2)).toEqual(['DeleteItem', 'GetItem', 'UpdateItem']);
    expect(await claims()).toBe(1);
    await lane.end();
  });

  test('closed by an owner that was taken for dead leaves no suspects', async () => {
    const owner = await begin('11', '12');
    const finder = await begin('11', '12');
    expect(suspectsIn(finder.memories)).toEqual({ 11: 'alone', 12: 'later' });
    await owner.end();
    await finder.end({ 11: undefined, 12: finder.memories.get('12') });
    expect(suspectsIn((await begin('12', '13')).memories)).toEqual({ 12: undefined });
  });

  test('of an invocation that runs in this process is no death', async () => {
    const ledger = open();
    await ledger.recall({ ...shard.key }, ['11']);
    expect(suspectsIn(await ledger.recall({ ...shard.key }, ['11']))).toEqual({});
  });

  test('that could not be closed is no death to the same environment, and goes with its next write', async () => {
    const ledger = open();
    const ours = { ...shard.key };
    await ledger.recall(ours, ['11', '12']);
    shard.client.fault = () => ({ kind: 'refused', error: awsError('ThrottlingException') });
    await expect(ledger.remember(ours, new Map([['11', memory('open', 1)]]))).rejects.toThrow('ThrottlingException');
    shard.client.fault = () => undefined;
    const next = { ...shard.key };
    expect(suspectsIn(await ledger.recall(next, ['11', '12']))).toEqual({});
    await ledger.remember(next, new Map([['11', memory('open', 2)]]));
    expect(await claims()).toBe(0);
  });

  test('that could not be closed charges no record once the same environment has begun another', async () => {
    const ledger = open();
    await ledger.recall({ ...shard.key }, ['11', '12']);
    await ledger.recall({ ...shard.key }, ['11', '12']); // It runs both: to it the first claim is no death.
    const elsewhere = await begin('11', '12');
    expect(suspectsIn(elsewhere.memories)).toEqual({ 11: 'alone', 12: 'later' });
    expect(elsewhere.memories.get('11')?.attempts.crashed).toBe(0);
    await elsewhere.end();
    expect(await claims()).toBe(0);
  });

  test('that another environment took for a death, before it died itself, charges no record to its owner', async () => {
    const ledger = open();
    await begin('11', '12');
    await ledger.recall({ ...shard.key }, ['11', '12']);
    // It sees two deaths, the second with the first record only: it runs the others side by side, and dies.
    expect(suspectsIn((await begin('12', '13')).memories)).toEqual({});
    const memories = await ledger.recall({ ...shard.key }, ['12', '13']);
    expect(suspectsIn(memories)).toEqual({ 12: 'alone', 13: 'later' });
    expect(memories.get('12')?.attempts.crashed).toBe(0);
  });

  test('closed by an owner that was taken for dead charges no record', async () => {
    const [owner, ownerKey] = [open(), { ...shard.key }];
    await begin('11');
    await owner.recall(ownerKey, ['11']);
    const finder = await begin('11');
    expect(finder.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { crashed: 1 } });
    await owner.remember(ownerKey, new Map());
    await finder.end({ 11: finder.memories.get('11') });
    expect(shard.client.operations.slice(-3)).toEqual(['UpdateItem', 'GetItem', 'UpdateItem']);
    const next = await begin('11');
    expect(next.memories.get('11')).toMatchObject({ suspect: 'alone', attempts: { started: 0, crashed: 0 } });
  });
});
