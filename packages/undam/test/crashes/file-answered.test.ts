import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { withFiles } from '../kit/faulty-files.ts';
import { changed, memory } from '../kit/memories.ts';
import { useMortalDisk } from '../kit/mortal-disk.ts';

const disk = useMortalDisk('file-answered');

const key: LedgerKey = { functionArn: 'f', eventSourceArn: 's', shardId: '0' };
const numbers = ['1', '2', '3', '4'];
const answered = memory('done', 0, { answered: 'lost' });
const minute = 60_000;

/** A process with its ledger, and calls of that. */
function boot(now?: () => number) {
  const process = disk.boot(now);
  const { ledger } = process;
  return {
    ...process,
    ledger,
    recall: (batch: readonly string[] = numbers) =>
      Object.fromEntries(ledger.recall({ ...key }, batch) as Map<string, Memory>),
    /** An invocation that marks these records as done, and answers. */
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
  test('is remembered of the records that it passes, and of no others in the batch', () => {
    const first = boot();
    first.answer(['1', '2'], ['3', '4']);
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
    // A process that begins before the next delivery recalls the same.
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
  });

  test('is remembered after the last hook, too', () => {
    const first = boot();
    const marks = first.answer(['1', '2']);
    marks.close();
    marks.close();
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: answered });
  });

  test('keeps the memories behind its checkpoint', () => {
    const first = boot();
    const marks = first.answer(['1', '3'], ['2', '3']);
    first.ledger.remember(key, changed({ 2: memory('open', 1), 3: memory('done') }));
    marks.close();
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: memory('open', 1), 3: memory('done') });
  });

  test('is no death: it makes no starts marked, and a record that ran beside it counts as alone', () => {
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

  test('that was reduced passes the fewer records', () => {
    const first = boot();
    const marks = first.answer(['1', '2', '3']);
    marks.answered([], ['2', '3']);
    first.die();
    expect(boot().recall()).toEqual({ 1: answered });
  });

  test('is told of until another process has learned of the record', () => {
    const first = boot();
    first.answer(['1', '2']);
    first.die();
    const second = boot();
    second.recall();
    second.ledger.remember(key, changed({ 1: undefined, 2: memory('done') }));
    expect(boot().recall()).toEqual({ 2: memory('done') });
  });

  test('is forgotten after 15 minutes, whether it was found before or not', () => {
    const first = boot();
    first.answer(['1', '2']);
    first.die();
    const found = boot();
    found.recall();
    const later = () => Date.now() + 16 * minute;
    expect(boot(() => Date.now() + 14 * minute).recall()).toEqual({ 1: answered, 2: answered });
    expect(boot(later).recall()).toEqual({});
    const idle = boot();
    idle.answer(['3', '4']);
    idle.die();
    expect(boot(later).recall(['3', '4'])).toEqual({});
  });

  test('is forgotten after 15 minutes, though unresolved records of its shard are not', () => {
    const first = boot();
    first.answer(['1']);
    first.ledger.remember(key, changed({ 2: memory('open', 1) }));
    first.die();
    expect(boot().recall()).toEqual({ 1: answered, 2: memory('open', 1) });
    expect(boot(() => Date.now() + 16 * minute).recall()).toEqual({ 2: memory('open', 1) });
  });
});

describe('an answer means nothing', () => {
  test('while its process lives, to it and to others', () => {
    const first = boot();
    first.answer(['1', '2']).close();
    expect(first.recall()).toEqual({});
    expect(boot().recall()).toEqual({});
  });

  test('once its process has begun another invocation, of any shard', () => {
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

  test('once it is withdrawn, before its last hook or after', () => {
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

  test('to the next one in its file: withdrawing it withdraws no other', () => {
    const first = boot();
    const before = first.answer(['1']);
    before.close();
    first.answer(['2']).close();
    before.withdraw();
    first.die();
    expect(boot().recall()).toEqual({ 2: answered });
  });
});

test('an answer costs the disk one write, and its end another', () => {
  const calls: string[] = [];
  const files = withFiles(disk.machine.boot().thread(), {
    write(file, text, position) {
      calls.push('write');
      return file.write(text, position);
    },
    truncate(file, bytes) {
      calls.push('truncate');
      file.truncate(bytes);
    },
  });
  const ledger = fileLedger({ folder: disk.folder, files });
  for (let n = 0; n < 2; n++) {
    ledger.recall(key, numbers);
    const marks = ledger.mark(key);
    marks.answered(numbers, []);
    marks.close();
  }
  expect(calls).toEqual(['write', 'write', 'write', 'write']);
});

test('the next invocation shrinks a file that a large answer has filled', () => {
  const first = boot();
  const many = [...Array(10_000).keys()].map((n) => `4959033827149025660855969253836157109592157598913658${n}`);
  const bytes = () => readdirSync(disk.folder).reduce((sum, name) => sum + statSync(join(disk.folder, name)).size, 0);
  first.answer(many).close();
  expect(bytes()).toBeGreaterThan(500_000);
  first.answer(['1']).close();
  expect(bytes()).toBeLessThan(1_000);
});
