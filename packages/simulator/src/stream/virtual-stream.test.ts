import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReadPage } from '../mapping/ports.ts';
import { hashKeyOf, hashKeys } from './hash-ranges.ts';
import { newStream, type SimulatedRecord } from './simulated-stream.ts';

const put = (partitionKey: string) => ({ partitionKey, data: 'payload' });

async function readAll(
  stream: ReturnType<typeof newStream>['stream'],
  shardId: string,
  limit: number,
): Promise<SimulatedRecord[]> {
  const cursor = stream.openShard(shardId, { type: 'TRIM_HORIZON' });
  const records: SimulatedRecord[] = [];
  for (;;) {
    const page: ReadPage<SimulatedRecord> = await cursor.read(limit);
    records.push(...page.records);
    if (page.millisBehindLatest === 0) return records;
  }
}

describe('a virtual stream', () => {
  test('through any splits and merges each record lies once, in a shard that was open for its key, in order', async () => {
    const steps = fc.array(
      fc.oneof(fc.record({ key: fc.integer({ min: 0, max: 30 }) }), fc.constant('split'), fc.constant('merge')),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (plan, shards, limit) => {
          const { stream } = newStream({ shards }, { date: () => 0 });
          const written: SimulatedRecord[] = [];
          for (const step of plan) {
            const [first, second] = stream.openShardIds;
            if (step === 'split') stream.splitShard(first!);
            else if (step !== 'merge') written.push(stream.put(put(`key ${(step as { key: number }).key}`)));
            else if (second !== undefined) {
              try {
                stream.mergeShards(first!, second);
              } catch (error) {
                expect((error as Error).message).toMatch(/adjacent/);
              }
            }
          }
          const listed = await stream.listShards();
          const read = (await Promise.all(listed.map(({ shardId }) => readAll(stream, shardId, limit)))).flat();
          expect(new Set(read.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(read.length);
          expect(read.map(({ sequenceNumber }) => sequenceNumber).toSorted()).toEqual(
            written.map(({ sequenceNumber }) => sequenceNumber),
          );
        },
      ),
    );
  });

  test('places a key by its MD5, as the real one does', () => {
    const { stream } = newStream({ shards: 4 }, { date: () => 0 });
    for (const key of ['a', 'b', 'customer 17']) {
      const quarter = Number((hashKeyOf(key) * 4n) / hashKeys);
      expect(stream.put(put(key)).shardId).toBe(`shardId-00000000000${quarter}`);
    }
  });

  test('forgets what is past its retention, and begins at the latest, the oldest or a time', async () => {
    let now = 0;
    const { stream } = newStream({ retentionHours: 1 }, { date: () => now });
    for (; now < 7_200_000; now += 60_000) stream.put(put('a'));
    const [shardId] = stream.openShardIds;
    const count = async (type: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP', timestamp = 0): Promise<number> =>
      (await stream.openShard(shardId!, type === 'AT_TIMESTAMP' ? { type, timestamp } : { type }).read(10_000)).records
        .length;
    expect(await count('TRIM_HORIZON')).toBe(60);
    expect(await count('LATEST')).toBe(0);
    expect(await count('AT_TIMESTAMP', now - 600_000)).toBe(10);
  });

  test('a page is closed at the end of a closed shard only, and its children are listed with it as parent', async () => {
    const { stream } = newStream({ shards: 1 }, { date: () => 0 });
    stream.put(put('a'));
    const [parent] = stream.openShardIds;
    const cursor = stream.openShard(parent!, { type: 'TRIM_HORIZON' });
    expect((await cursor.read(10)).closed).toBe(false);
    const children = stream.splitShard(parent!);
    expect((await cursor.read(10)).closed).toBe(true);
    const listed = await stream.listShards();
    expect(
      listed.filter(({ parentShardIds }) => parentShardIds.includes(parent!)).map(({ shardId }) => shardId),
    ).toEqual(children);
  });
});
