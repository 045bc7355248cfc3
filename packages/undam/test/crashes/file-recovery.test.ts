import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { FileAccess } from '../../src/ledgers/file/disk.ts';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { beforeDeathNote, datedAtZero, killedAfter } from '../kit/faulty-files.ts';
import { memory } from '../kit/memories.ts';
import { Machine } from '../kit/mortal-files.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('file-recovery');
const marksIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.marks'));

const shard = (shardId: string): LedgerKey => ({ functionArn: 'f', eventSourceArn: 's', shardId });
const attempts = { started: 3, failed: 1, timedOut: 0, crashed: 1 };
const suspect = (crashed: number): Memory => ({ state: 'open', attempts: { ...attempts, crashed }, suspect: 'alone' });
const recalled = (folder: string, files: FileAccess, shardId: string) =>
  Object.fromEntries(fileLedger({ folder, files }).recall(shard(shardId), ['1', '2', '3']) as Map<string, Memory>);

/** A process dies, and another finds it. */
function dieAndBeFound(machine: Machine, folder: string, now = Date.now): void {
  const dead = machine.boot();
  fileLedger({ folder, files: dead.thread() }).mark(shard('b'));
  dead.die();
  fileLedger({ folder, files: machine.boot().thread(), now }).recall(shard('b'), []);
}

/** Two threads of one process die, each with a record that ran alone, and so does the one thread of another process. */
function dieInThreeThreads(machine: Machine, folder: string): void {
  const earlier = machine.boot();
  fileLedger({ folder, files: earlier.thread() }).mark(shard('z'));
  earlier.die();
  const first = machine.boot();
  const ledgers = [fileLedger({ folder, files: first.thread() }), fileLedger({ folder, files: first.thread() })];
  ledgers[0]!.recall(shard('a'), []);
  const second = machine.boot();
  ledgers.push(fileLedger({ folder, files: second.thread() }));
  for (const [at, shardId] of ['a', 'b', 'c'].entries()) {
    const marks = ledgers[at]!.mark(shard(shardId));
    marks.done(['2']);
    marks.started('1', attempts, true);
  }
  first.die();
  second.die();
}

test('a ledger knows its memories, though its clock is ahead of the disk', () => {
  const folder = newFolder();
  const ledger = fileLedger({ folder, files: datedAtZero(new Machine().boot().thread()), now: () => 3_600_000 });
  ledger.mark(shard('a')).close();
  expect(ledger.recall(shard('a'), ['1'])).toEqual(new Map());
  ledger.remember(shard('a'), new Map([['1', memory('open', 1)]]));
  expect(ledger.recall(shard('a'), ['1'])).toEqual(new Map([['1', memory('open', 1)]]));
});

test.each([
  ['its folder', (folder: string) => folder],
  ['its marks', (folder: string) => join(folder, marksIn(folder)[0]!)],
])('a ledger whose user has removed %s marks again from the next invocation on', (_what, place) => {
  const folder = newFolder();
  const machine = new Machine();
  const dying = machine.boot();
  const ledger = fileLedger({ folder, files: dying.thread() });
  const invoke = () => {
    ledger.recall(shard('a'), []);
    return ledger.mark(shard('a'));
  };
  const during = invoke();
  rmSync(place(folder), { recursive: true });
  during.close();
  invoke().close();
  rmSync(place(folder), { recursive: true });
  invoke().done(['1']);
  dying.die();
  expect(recalled(folder, machine.boot().thread(), 'a')).toEqual({ 1: memory('done') });
});

describe('a recovery', () => {
  test('charges a record that was alone in its process, and no other', () => {
    const machine = new Machine();
    const folder = newFolder();
    dieInThreeThreads(machine, folder);
    const next = machine.boot().thread();
    expect(recalled(folder, next, 'a')).toEqual({ 1: suspect(1), 2: memory('done') });
    expect(recalled(folder, next, 'b')).toEqual({ 1: suspect(1), 2: memory('done') });
    expect(recalled(folder, next, 'c')).toEqual({ 1: suspect(2), 2: memory('done') });
    expect(marksIn(folder)).toEqual([]);
  });

  test('that dies at any call, and begins again, comes to the same', () => {
    let calls = 0;
    for (let killed = true; killed; calls++) {
      const machine = new Machine();
      const folder = newFolder();
      dieInThreeThreads(machine, folder);
      const dying = machine.boot();
      try {
        recalled(folder, killedAfter(calls, dying.thread()), 'a');
        killed = false;
      } catch (error) {
        expect(String((error as Error).cause)).toContain('killed');
      }
      dying.die();
      const next = machine.boot().thread();
      const known = ['a', 'b', 'c'].map((shardId) => recalled(folder, next, shardId)['1']);
      expect({ calls, known }).toEqual({ calls, known: [suspect(1), suspect(1), suspect(2)] });
      expect(marksIn(folder)).toEqual([]);
    }
    expect(calls).toBeGreaterThan(10);
  });

  test('comes from a ledger that goes on, too, after a thread beside it has died', () => {
    const folder = newFolder();
    const machine = new Machine();
    const process = machine.boot();
    let now = Date.now();
    const ledger = fileLedger({ folder, files: process.thread(), now: () => now });
    ledger.recall(shard('a'), []);
    const dying = process.thread();
    fileLedger({ folder, files: dying }).mark(shard('a')).done(['1']);
    machine.end(dying);
    now += 2_000;
    expect(ledger.recall(shard('a'), ['1'])).toEqual(new Map([['1', memory('done')]]));
  });

  test('by another thread, between recall and mark, makes every start here marked, too', async () => {
    const folder = newFolder();
    const machine = new Machine();
    const ledger = fileLedger({ folder, files: machine.boot().thread(), now: () => Date.now() + 5_000 });
    ledger.mark(shard('a')).close();
    ledger.recall(shard('a'), []);
    await Promise.resolve();
    dieAndBeFound(machine, folder);
    expect(ledger.mark(shard('a')).everyStart).toBe(true);
  });

  test('by another thread, within a tick of the coarsest clock, makes every start here marked, too', () => {
    const folder = newFolder();
    const machine = new Machine();
    const files = datedAtZero(machine.boot().thread());
    const now = () => 1_999;
    const ledger = fileLedger({ folder, files, now });
    ledger.mark(shard('a')).close();
    ledger.recall(shard('a'), []);
    dieAndBeFound(machine, folder, now);
    ledger.recall(shard('a'), []);
    expect(ledger.mark(shard('a')).everyStart).toBe(true);
  });

  test.each<[string, (other: ReturnType<typeof fileLedger>) => unknown]>([
    ['finds it, too', (other) => other.recall(shard('b'), [])],
    ['begins an invocation', (other) => other.mark(shard('b')).everyStart],
  ])('that notes a death just when another thread %s makes every start marked', (_what, does) => {
    const folder = newFolder();
    const machine = new Machine();
    const dead = machine.boot();
    fileLedger({ folder, files: dead.thread() }).mark(shard('a'));
    dead.die();
    const other = fileLedger({ folder, files: machine.boot().thread() });
    const files = beforeDeathNote(machine.boot().thread(), () => does(other));
    const ledger = fileLedger({ folder, files });
    ledger.recall(shard('a'), []);
    expect(ledger.mark(shard('a')).everyStart).toBe(true);
    expect(other.mark(shard('b')).everyStart).toBe(true);
  });

  test('makes every start marked for an hour', () => {
    const folder = newFolder();
    const machine = new Machine();
    let now = Date.now();
    const dead = machine.boot();
    fileLedger({ folder, files: dead.thread() }).mark(shard('a'));
    dead.die();
    const ledger = fileLedger({ folder, files: machine.boot().thread(), now: () => now });
    const marksEachStart = () => {
      const marks = ledger.mark(shard('b'));
      marks.close();
      return marks.everyStart;
    };
    expect(marksEachStart()).toBe(false);
    ledger.recall(shard('b'), []);
    expect(marksEachStart()).toBe(true);
    now += 3_599_999;
    expect(marksEachStart()).toBe(true);
    now += 1;
    expect(marksEachStart()).toBe(false);
    expect(readdirSync(folder)).not.toContain('died');
  });

  test('sets unreadable marks aside, says so once, and recovers the others', () => {
    const folder = newFolder();
    const machine = new Machine();
    dieInThreeThreads(machine, folder);
    const own = machine.boot();
    writeFileSync(join(folder, '7-7-7-0.marks'), 'o1 {"undam":2} 1\n', { mode: 0o600 });
    writeFileSync(join(folder, 'notes.txt'), 'stray');
    const files = own.thread();
    expect(() => recalled(folder, files, 'c')).toThrow(expect.objectContaining({ code: 'entry-unreadable' }));
    expect(recalled(folder, files, 'c')['1']).toEqual(suspect(2));
    expect(readdirSync(folder).toSorted()).toEqual(['7-7-7-0.marks.unreadable', 'died', 'logs', 'notes.txt']);
  });
});
