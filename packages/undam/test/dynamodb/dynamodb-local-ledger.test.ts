import { describe, expect, test } from '@jest/globals';
import type { Ledger, LedgerKey, Marks } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { useShard } from '../kit/dynamodb-shard.ts';
import { useTable } from '../kit/dynamodb-table.ts';
import { memory } from '../kit/memories.ts';

const table = useTable();
const shard = useShard(table);

describe('a local ledger beside the table', () => {
  const marks: Marks = {
    everyStart: true,
    started() {},
    done() {},
    learned() {},
    answered() {},
    withdraw() {},
    close() {},
  };

  test('learns the same as the table, and both are merged', async () => {
    const local = memoryLedger();
    const ledger = shard.open({ client: shard.client, local });
    await shard.learn(ledger, { 1: memory('open', 1), 2: memory('done') });
    expect(Object.fromEntries(await local.recall(shard.key, ['1', '2']))).toEqual({
      1: memory('open', 1),
      2: memory('done'),
    });
    await shard.learn(shard.open(), { 1: memory('open', 2), 3: memory('open', 1) });
    await shard.learn(local, { 1: memory('open', 1, { firstFailedAt: 3 }), 4: memory('done') });
    expect(await shard.known(ledger, '1', '2', '3', '4')).toEqual({
      1: memory('open', 2, { firstFailedAt: 3 }),
      2: memory('done'),
      3: memory('open', 1),
      4: memory('done'),
    });
  });

  test('makes the marks, if it has any', () => {
    const keys: LedgerKey[] = [];
    const local: Ledger = {
      ...memoryLedger(),
      mark: (of) => {
        keys.push(of);
        return marks;
      },
    };
    expect(shard.open({ client: shard.client, local }).mark?.(shard.key)).toBe(marks);
    expect(keys).toEqual([shard.key]);
    expect(shard.open({ client: shard.client, local: memoryLedger() }).mark).toBeUndefined();
    expect(shard.open().mark).toBeUndefined();
  });

  test('that cannot be read costs the marks, or the end of the invocation, and no memory of the table', async () => {
    await shard.learn(shard.open(), { 1: memory('open', 1) });
    const broken: Ledger = {
      recall: () => {
        throw new Error('the disk is gone');
      },
      remember: () => {},
    };
    const ledger = shard.open({ client: shard.client, local: { ...broken, mark: () => marks } });
    expect(Object.fromEntries(await ledger.recall(shard.key, ['1']))).toEqual({ 1: memory('open', 1) });
    expect(() => ledger.mark!(shard.key)).toThrow('the disk is gone');
    await ledger.remember(shard.key, new Map());
    const markless = shard.open({ client: shard.client, local: broken });
    expect(Object.fromEntries(await markless.recall(shard.key, ['1']))).toEqual({ 1: memory('open', 1) });
    await expect(markless.remember(shard.key, new Map())).rejects.toThrow('the disk is gone');
  });

  test('that cannot be written rejects the call, and the table learns the changes', async () => {
    const local: Ledger = {
      recall: () => new Map(),
      remember: () => {
        throw new Error('the disk is full');
      },
    };
    await expect(shard.learn(shard.open({ client: shard.client, local }), { 1: memory('open', 1) })).rejects.toThrow(
      'the disk is full',
    );
    expect(await shard.known(shard.open(), '1')).toEqual({ 1: memory('open', 1) });
  });
});
