import { describe, expect, test } from '@jest/globals';
import { ledgerContract } from '../../test/kit/ledger-contract.ts';
import { type Changes, changed, memory } from '../../test/kit/memories.ts';
import type { LedgerKey } from './ledger.ts';
import { memoryLedger } from './memory.ts';

ledgerContract('memoryLedger()', () => memoryLedger());

const shard = (shardId: string): LedgerKey => ({ functionArn: 'f', eventSourceArn: 's', shardId });
const known = (ledger: ReturnType<typeof memoryLedger>, shardId: string, numbers: readonly string[]): string[] => [
  ...(ledger.recall(shard(shardId), numbers) as ReadonlyMap<string, unknown>).keys(),
];

test('a resolved record is forgotten 15 minutes after the last unresolved one', () => {
  let at = 0;
  const ledger = memoryLedger({ now: () => at });
  const learn = (changes: Changes): void => void ledger.remember(shard('a'), changed(changes));
  learn({ 1: memory('open', 1), 2: memory('done') });
  at = 86_400_000;
  expect(known(ledger, 'a', ['1', '2'])).toEqual(['1', '2']);
  learn({ 1: undefined });
  at += 15 * 60_000;
  expect(known(ledger, 'a', ['2'])).toEqual(['2']);
  at += 1;
  expect(known(ledger, 'a', ['2'])).toEqual([]);
});

describe('memoryLedger({ maxRecords })', () => {
  test('forgets the entry that was used least recently', () => {
    const ledger = memoryLedger({ maxRecords: 4 });
    for (const shardId of ['a', 'b']) {
      ledger.remember(shard(shardId), changed({ 1: memory('open', 1), 2: memory('done') }));
    }
    known(ledger, 'a', ['1']);
    ledger.remember(shard('c'), new Map([['1', memory('open', 1)]]));
    expect(known(ledger, 'a', ['1', '2'])).toEqual(['1', '2']);
    expect(known(ledger, 'b', ['1', '2'])).toEqual([]);
    expect(known(ledger, 'c', ['1'])).toEqual(['1']);
  });

  test('forgets the finished records of a single entry first, and then the oldest', () => {
    const ledger = memoryLedger({ maxRecords: 3 });
    ledger.remember(
      shard('a'),
      changed({
        1: memory('open', 1),
        2: memory('done'),
        3: memory('open', 1),
        4: memory('quarantined', 3),
        5: memory('open', 1),
      }),
    );
    expect(known(ledger, 'a', ['1', '2', '3', '4', '5'])).toEqual(['1', '3', '5']);
    ledger.remember(shard('a'), new Map([['6', memory('open', 1)]]));
    expect(known(ledger, 'a', ['1', '3', '5', '6'])).toEqual(['3', '5', '6']);
  });

  test('never remembers more than that, over any number of shards and writes', () => {
    const ledger = memoryLedger({ maxRecords: 50 });
    const numbers = [...Array(30).keys()].map(String);
    for (let write = 0; write < 300; write++) {
      const changes = numbers.slice(write % 7, 10 + (write % 20)).map((number, at) => {
        const forget = (write + at) % 5 === 0;
        return [number, forget ? undefined : memory(at % 3 === 0 ? 'done' : 'open', at % 4)] as const;
      });
      ledger.remember(shard(String(write % 9)), new Map(changes));
    }
    let count = 0;
    for (let n = 0; n < 9; n++) count += known(ledger, String(n), numbers).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(50);
  });

  test('counts no forgotten records', () => {
    const ledger = memoryLedger({ maxRecords: 2 });
    for (let n = 0; n < 100; n++) {
      ledger.remember(shard('a'), new Map([[String(n), memory('open', 1)]]));
      ledger.remember(shard('a'), new Map([[String(n), undefined]]));
    }
    ledger.remember(shard('a'), changed({ x: memory('open', 1), y: memory('open', 1) }));
    expect(known(ledger, 'a', ['x', 'y'])).toEqual(['x', 'y']);
  });

  test.each([0, -1, 1.5, '10', 1e9])('%p is refused at once', (maxRecords) => {
    expect(() => memoryLedger({ maxRecords: maxRecords as number })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
  });
});
