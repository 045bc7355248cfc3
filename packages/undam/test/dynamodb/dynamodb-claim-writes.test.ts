import { describe, expect, test } from '@jest/globals';
import { suspectsIn } from '../kit/begun-invocation.ts';
import { useClaimedShard } from '../kit/claimed-shard.ts';
import { awsError } from '../kit/dynamodb-faulty-client.ts';
import { kinesisNumbers, seeded } from '../kit/dynamodb-kinesis-numbers.ts';
import { memory } from '../kit/memories.ts';

const { shard, open, begin, claims } = useClaimedShard();

describe('an open claim', () => {
  test('whose opening was answered too late is closed', async () => {
    const [ledger, ours] = [open(), { ...shard.key }];
    let answer: (() => void) | undefined;
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    shard.client.fault = ({ number }) => (number === 1 ? { kind: 'late', until } : undefined);
    const recalling = ledger.recall(ours, ['11']);
    const remembering = ledger.remember(ours, new Map());
    answer!();
    await Promise.all([recalling, remembering]);
    expect(await shard.item()).toBeUndefined();
  });

  test('whose opening lost its answer is closed', async () => {
    const [ledger, ours] = [open(), { ...shard.key }];
    shard.client.fault = ({ number }) =>
      number === 1 ? { kind: 'answer-lost', error: awsError('TimeoutError') } : undefined;
    await expect(ledger.recall(ours, ['11'])).rejects.toMatchObject({ code: 'ledger-unusable' });
    expect(await claims()).toBe(1);
    await ledger.remember(ours, new Map([['11', memory('open', 1)]]));
    expect(await claims()).toBe(0);
  });

  test('whose opening the SDK repeated after a lost answer is closed, and the memories are kept', async () => {
    const [ledger, ours] = [open(), { ...shard.key }];
    shard.client.fault = ({ number }) => (number === 1 ? { kind: 'repeated' } : undefined);
    expect(suspectsIn(await ledger.recall(ours, ['11', '12']))).toEqual({});
    await ledger.remember(ours, new Map([['11', memory('open', 1)]]));
    expect(await claims()).toBe(0);
    expect((await begin('11', '12')).memories.get('11')).toMatchObject({ attempts: { failed: 1 } });
  });

  test('of 10,000 records is kept once over several deliveries', async () => {
    const numbers = kinesisNumbers(10_000, seeded(2), 65_536);
    const sizes: number[] = [];
    for (let delivery = 0; delivery < 3; delivery++) {
      await begin(...numbers);
      sizes.push(JSON.stringify(await shard.item()).length);
    }
    expect(sizes[2]! - sizes[1]!).toBeLessThan(200);
  });

  test('that finds no room takes the place of the others, and keeps the memories', async () => {
    const known = await begin('11', '12');
    await known.end({ 12: memory('open', 2) });
    const before = (await shard.item())!;
    const bulk = Array.from({ length: 4 }, (_, at) => Buffer.alloc(99_900, at));
    const stale = { claims: { SS: ['0.a.b'] }, batches: { BS: bulk } };
    await shard.replaceItem({ ...before, ...stale });
    const begun = await begin(...kinesisNumbers(2_000, seeded(3), 1e9), '12');
    expect(begun.memories.get('12')).toMatchObject({ attempts: { failed: 2 } });
    expect(await claims()).toBe(1);
  });
});
