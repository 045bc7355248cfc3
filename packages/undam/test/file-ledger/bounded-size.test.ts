import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { key, known, logOf, logsIn, marksIn, remember, shard, unusable } from '../kit/ledger-folder.ts';
import { memory } from '../kit/memories.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('bounded-size');

describe('the bound', () => {
  const long = (n: number) => `49590338271490256608559692538361571095921${String(n * 7919).padStart(15, '0')}`;

  test('has room for 10,000 records with scattered done ones', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    const numbers = [...Array(10_000).keys()].map(long);
    ledger.remember(
      key,
      new Map(numbers.map((number, at) => [number, at % 3 === 0 ? memory('open', 1) : memory('done')])),
    );
    expect(known(ledger, numbers)).toHaveLength(10_000);
    expect(lstatSync(logOf(folder)).size).toBeLessThan(300_000);
  });

  test('forgets the finished records of one shard first, and then the oldest', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder, maxBytes: 65_536 });
    const open = [...Array(20).keys()].map((n) => `open ${n}`);
    const done = [...Array(2_000).keys()].map(long);
    remember(ledger, Object.fromEntries(open.map((number) => [number, memory('open', 1)])));
    ledger.remember(key, new Map(done.map((number) => [number, memory('done')])));
    expect(known(ledger, open)).toEqual(open);
    expect(known(ledger, done).length).toBeLessThan(2_000);
    expect(lstatSync(logOf(folder)).size).toBeLessThanOrEqual(4_096);
    const more = [...Array(500).keys()].map((n) => `more ${n}`);
    ledger.remember(key, new Map(more.map((number, at) => [number, memory('open', at)])));
    expect(known(ledger, done)).toEqual([]);
    expect(known(ledger, more).at(-1)).toBe('more 499');
    expect(lstatSync(logOf(folder)).size).toBeLessThanOrEqual(4_096);
  });

  test('forgets of several shards those written least recently', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder, maxBytes: 65_536 });
    const memories = Object.fromEntries([...Array(25).keys()].map((n) => [long(n), memory('open', n)]));
    for (let n = 0; n < 60; n++) remember(ledger, memories, shard(String(n)));
    const bytes = logsIn(folder).map((name) => lstatSync(join(folder, 'logs', name)).size);
    expect(bytes.reduce((a, b) => a + b)).toBeLessThanOrEqual(65_536);
    expect(bytes.length).toBeGreaterThan(10);
    expect(known(ledger, [long(1)], shard('59'))).toHaveLength(1);
    expect(known(ledger, [long(1)], shard('0'))).toEqual([]);
  });

  test('ends marks that would go beyond it, and with them all marks of the invocation', () => {
    const folder = newFolder();
    const marks = fileLedger({ folder, maxBytes: 65_536 }).mark(key);
    expect(() => {
      for (let n = 0; n < 1_000; n++) marks.done([long(n)]);
    }).toThrow(unusable);
    const [name] = marksIn(folder);
    expect(readFileSync(join(folder, name!), 'utf8')[0]).toBe('c');
  });
});
