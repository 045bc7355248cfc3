import { describe, expect, test } from '@jest/globals';
import { memory } from '../../../test/kit/memories.ts';
import type { Entry } from '../entry.ts';
import type { Memory } from '../ledger.ts';
import { narrow } from './claims.ts';

const batch = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
const suspect = (crashed = 0): Memory => ({
  state: 'open',
  attempts: { started: crashed, failed: 0, timedOut: 0, crashed },
  suspect: 'alone',
});
const suspects = (entry: Entry): string[] => [...entry].filter(([, { suspect }]) => suspect).map(([number]) => number);
const entryOf = (memories: Readonly<Record<string, Memory>>): Entry => new Map(Object.entries(memories));

describe('the records that may run after deaths', () => {
  test('without any: everything, and nothing is written', () => {
    const entry: Entry = new Map();
    expect(narrow(entry, [], batch(11, 14))).toEqual({ runs: batch(11, 14), alone: false, flags: new Map() });
    expect(entry.size).toBe(0);
  });

  test('the first half, up to the first that comes later; each death halves once more, and the last is charged', () => {
    const all = batch(11, 18);
    const seen: unknown[] = [];
    for (let deaths = 0; deaths <= 5; deaths++) {
      const entry: Entry = new Map();
      const { runs, alone } = narrow(entry, Array(deaths).fill(all), all);
      seen.push([runs.length, alone, suspects(entry).length, entry.get('11')?.attempts.crashed ?? 0]);
    }
    expect(seen).toEqual([
      [8, false, 0, 0],
      [4, false, 8, 0],
      [2, false, 4, 0],
      [1, true, 2, 0],
      [1, true, 1, 1],
      [1, true, 1, 2],
    ]);
  });

  test('everything behind the end is flagged, suspect or not', () => {
    const entry = entryOf({ 11: suspect(), 12: suspect() });
    const { flags } = narrow(entry, [], batch(11, 14));
    expect(Object.fromEntries(flags)).toEqual({ 11: 'alone', 12: 'later', 13: 'later', 14: 'later' });
  });

  test('a single suspect that is not the first to run waits, so that no other death is charged to it', () => {
    const { runs, alone, flags } = narrow(entryOf({ 13: suspect() }), [], batch(11, 15));
    expect(runs).toEqual(['11', '12']);
    expect(alone).toBe(false);
    expect(Object.fromEntries(flags)).toEqual({ 13: 'later', 14: 'later', 15: 'later' });
  });

  test('one that has died alone runs only as first record of the batch', () => {
    const resolved = { 11: memory('done'), 12: suspect(1) };
    expect(narrow(entryOf(resolved), [], batch(11, 13))).toMatchObject({ runs: [], alone: false });
    expect(narrow(entryOf(resolved), [], batch(12, 13))).toMatchObject({ runs: ['12'], alone: true });
  });

  test('a resolved or pending record does not run, and is no suspect', () => {
    const entry = entryOf({ 11: memory('done'), 12: memory('pending', 3), 13: memory('quarantined', 3) });
    expect(narrow(entry, [batch(11, 15)], batch(11, 15)).runs).toEqual(['14']);
    expect(suspects(entry)).toEqual(['14', '15']);
  });

  test('a half that bisect has made is run as it is', () => {
    const entry: Entry = new Map();
    expect(narrow(entry, [batch(11, 18)], batch(11, 14)).runs).toEqual(batch(11, 14));
    expect(suspects(entry)).toEqual(batch(11, 18));
  });

  test('records that have expired are no suspects any more', () => {
    const entry: Entry = new Map();
    expect(narrow(entry, [batch(11, 18)], batch(15, 20)).runs).toEqual(batch(15, 16));
    expect(suspects(entry)).toEqual(batch(15, 18));
  });

  test('a death in which something else ran makes that suspect, too', () => {
    const entry = entryOf({ 13: suspect(), 14: suspect() });
    narrow(entry, [batch(11, 15)], batch(11, 15));
    expect(suspects(entry)).toEqual(batch(11, 12).toSorted());
    expect(entry.get('13')).toBeUndefined();
  });

  test('suspects of another lane are left alone', () => {
    const entry = entryOf({ 31: suspect(1), 32: suspect() });
    narrow(entry, [batch(11, 18), batch(11, 18)], batch(11, 18));
    expect(entry.get('31')).toEqual(suspect(1));
    expect(entry.get('32')).toEqual(suspect());
  });

  test('counts are those of the entry and the deaths, however often they are looked at', () => {
    const known = entryOf({ 11: suspect(2) });
    const look = () => {
      const entry = new Map(known);
      narrow(entry, [['11']], ['11']);
      return entry.get('11');
    };
    expect(look()).toEqual(suspect(3));
    expect(look()).toEqual(suspect(3));
  });
});
