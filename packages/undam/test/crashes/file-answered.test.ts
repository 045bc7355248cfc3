import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FileAccess } from '../../src/ledgers/file/disk.ts';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { memory } from '../kit/ledger-contract.ts';
import { Machine } from '../kit/mortal-files.ts';

const root = mkdtempSync(join(tmpdir(), 'undam-file-answered-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
let folder: string;
let machine: Machine;
beforeEach(() => {
  folder = join(root, String(folders++));
  machine = new Machine();
});

const key: LedgerKey = { functionArn: 'f', eventSourceArn: 's', shardId: '0' };
const numbers = ['1', '2', '3', '4'];
const answered = memory('done', 0, { answered: 'lost' });
const minute = 60_000;

/** A process with its ledger. */
function boot({ now = Date.now }: { now?: () => number } = {}) {
  const process = machine.boot();
  const ledger = fileLedger({ folder, files: process.thread(), now });
  return {
    ...process,
    ledger,
    recall: (batch: readonly string[] = numbers) =>
      Object.fromEntries(ledger.recall({ ...key }, batch) as Map<string, Memory>),
    /** An invocation that marks these as done, and answers. */
    answer(done: readonly string[], behind: readonly string[] = [], of: LedgerKey = { ...key }) {
      ledger.recall(of, [...done, ...behind]);
      const marks = ledger.mark(of);
      marks.done(done.slice(0, 1));
      marks.answered(done.slice(1), behind);
      return marks;
    },
  };
}

describe('an answer whose process has died', () => {
  test('is remembered by what it passes, and nobody else of the batch', () => {
    const first = boot();
    first.answer(['1', '2'], ['3', '4']);
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
    // Also by the next one that comes before it was delivered again.
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
  });

  test('is the same once its last hook has passed', () => {
    const first = boot();
    const marks = first.answer(['1', '2']);
    marks.close();
    marks.close();
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
  });

  test('keeps the memory of what stands behind its checkpoint', () => {
    const first = boot();
    const marks = first.answer(['1', '3'], ['2', '3']);
    first.ledger.remember(
      key,
      new Map([
        ['2', memory('open', 1)],
        ['3', memory('done')],
      ]),
    );
    marks.close();
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: memory('open', 1), 3: memory('done') });
  });

  test('is no death: starts are not marked for it, and what ran beside it is charged as if it had run alone', () => {
    const first = boot();
    first.answer(['1', '2']);
    first.die();
    const second = boot();
    second.recall();
    expect(second.ledger.mark({ ...key }).everyStart).toBe(false);
    second.die();
    const third = boot();
    third.recall();
    const other = { ...key, shardId: '1' };
    const running = third.ledger.mark(other);
    expect(running.everyStart).toBe(true);
    running.started('9', { started: 1, failed: 0, timedOut: 0, crashed: 0 }, true);
    third.answer(['3']);
    third.die();
    expect(Object.fromEntries(boot().ledger.recall(other, ['9']) as Map<string, Memory>)).toMatchObject({
      9: { suspect: 'alone', attempts: { crashed: 1 } },
    });
  });

  test('that was made to pass less passes that', () => {
    const first = boot();
    const marks = first.answer(['1', '2', '3']);
    marks.answered([], ['2', '3']);
    first.die();
    expect(boot().recall()).toEqual({ 1: answered });
  });

  test('is told of until somebody has learned of the record', () => {
    const first = boot();
    first.answer(['1', '2']);
    first.die();
    const second = boot();
    second.recall();
    second.ledger.remember(
      key,
      new Map<string, Memory | undefined>([
        ['1', undefined],
        ['2', memory('done')],
      ]),
    );
    expect(boot().recall()).toEqual({ 2: memory('done') });
  });

  test('is forgotten after 15 minutes, when it is found and when it was', () => {
    const first = boot();
    first.answer(['1', '2']);
    first.die();
    const found = boot();
    found.recall();
    const later = () => Date.now() + 16 * minute;
    expect(boot({ now: () => Date.now() + 14 * minute }).recall()).toEqual({ 1: answered, 2: answered });
    expect(boot({ now: later }).recall()).toEqual({});
    const idle = boot();
    idle.answer(['3', '4']);
    idle.die();
    expect(boot({ now: later }).recall(['3', '4'])).toEqual({});
  });

  test('outlives what is known and unresolved of its shard by no minute', () => {
    const first = boot();
    first.answer(['1']);
    first.ledger.remember(key, new Map([['2', memory('open', 1)]]));
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: memory('open', 1) });
    expect(boot({ now: () => Date.now() + 16 * minute }).recall()).toEqual({ 2: memory('open', 1) });
  });
});

describe('means nothing', () => {
  test('an answer whose process lives, here or beside', () => {
    const first = boot();
    first.answer(['1', '2']).close();
    expect(first.recall()).toEqual({});
    expect(boot().recall()).toEqual({});
  });

  test('one behind which its process has begun another invocation, of whichever shard', () => {
    for (const other of [{ ...key }, { ...key, shardId: '1' }]) {
      const first = boot();
      const both = [first.answer(['1']), first.answer(['2'])];
      for (const marks of both) marks.close();
      first.ledger.recall(other, ['9']);
      first.ledger.mark(other).close();
      first.die();
      expect(boot().recall()).toEqual({});
    }
  });

  test('one that was taken back, before and behind its last hook', () => {
    for (const isBehind of [false, true]) {
      const first = boot();
      const marks = first.answer(['1', '2']);
      if (isBehind) marks.close();
      marks.withdraw();
      first.die();
      const second = boot();
      expect(second.recall()).toEqual({});
      const next = second.ledger.mark(key);
      expect(next.everyStart).toBe(false);
      next.close();
    }
  });

  test('that one is taken back, to the next in its file', () => {
    const first = boot();
    const before = first.answer(['1']);
    before.close();
    first.answer(['2']).close();
    before.withdraw();
    first.die();
    expect(boot().recall()).toEqual({ 2: answered });
  });
});

test('an answer costs the disk no more calls than an end without one', () => {
  const calls: string[] = [];
  const files = machine.boot().thread();
  const open = (path: string, how: never) => {
    const file = files.open(path, how) as ReturnType<FileAccess['open']>;
    if (file === undefined) return file;
    return {
      ...file,
      state: () => file.state(),
      read: (from: number) => file.read(from),
      write: (text: string, position: number) => {
        calls.push('write');
        return file.write(text, position);
      },
      truncate: (bytes: number) => {
        calls.push('truncate');
        file.truncate(bytes);
      },
      close: () => file.close(),
    };
  };
  const ledger = fileLedger({ folder, files: { ...files, open: open as never } });
  for (let n = 0; n < 2; n++) {
    ledger.recall(key, numbers);
    const marks = ledger.mark(key);
    marks.answered(numbers, []);
    marks.close();
  }
  expect(calls).toEqual(['write', 'write', 'write', 'write']);
});

test('a file that a large answer has made large is small again with the next invocation', () => {
  const first = boot();
  const many = [...Array(10_000).keys()].map((n) => `4959033827149025660855969253836157109592157598913658${n}`);
  const bytes = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  first.answer(many).close();
  expect(bytes()).toBeGreaterThan(500_000);
  first.answer(['1']).close();
  expect(bytes()).toBeLessThan(1_000);
});
