import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { nodeFiles } from '../../src/ledgers/file/node-disk.ts';
import type { LedgerKey } from '../../src/ledgers/ledger.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('recovery-among');

const keyOf = (shardId: string): LedgerKey => ({ functionArn: 'f', eventSourceArn: 's', shardId });
const attempts = { started: 3, failed: 0, timedOut: 0, crashed: 0 };

/** Starts ledgers under process numbers that no process has: each takes the others for dead. */
function processes() {
  const folder = newFolder();
  let pid = 2 ** 30;
  const begin = (now = Date.now) =>
    fileLedger({ folder, now, files: { ...nodeFiles, self: { pid: pid++, boot: '1', thread: 0 } } });
  begin().mark(keyOf('a'));
  return begin;
}

describe('a record that was alone when its process died', () => {
  test('is charged, though other invocations of the process were open, if nothing of theirs ran', () => {
    const begin = processes();
    const died = begin();
    died.recall(keyOf('a'), ['s']);
    const [waiting, ended, alone] = [died.mark(keyOf('b')), died.mark(keyOf('c')), died.mark(keyOf('a'))];
    expect(waiting.everyStart).toBe(true);
    ended.started('x', attempts, false);
    ended.done(['x']);
    alone.started('s', attempts, true);
    expect(new Map(begin().recall(keyOf('a'), ['s']) as never)).toEqual(
      new Map([['s', { state: 'open', attempts: { ...attempts, crashed: 1 }, suspect: 'alone' }]]),
    );
  });

  test.each([
    ['ran', false],
    ['had not settled', true],
  ])('is not charged if a record of another invocation %s', (_what, timedOut) => {
    const begin = processes();
    const died = begin();
    died.recall(keyOf('a'), ['s']);
    const [other, alone] = [died.mark(keyOf('b')), died.mark(keyOf('a'))];
    other.started('x', attempts, false);
    if (timedOut) other.learned('x', { state: 'open', attempts: { ...attempts, timedOut: 1 } }, true);
    alone.started('s', attempts, true);
    expect(new Map(begin().recall(keyOf('a'), ['s']) as never)).toEqual(
      new Map([['s', { state: 'open', attempts, suspect: 'alone' }]]),
    );
  });

  test('is not charged if another invocation, begun before any death, may have run records unmarked', () => {
    const begin = processes();
    const died = begin();
    const coarse = died.mark(keyOf('b'));
    expect(coarse.everyStart).toBe(false);
    died.recall(keyOf('a'), ['s']);
    died.mark(keyOf('a')).started('s', attempts, true);
    expect(new Map(begin().recall(keyOf('a'), ['s']) as never)).toEqual(
      new Map([['s', { state: 'open', attempts, suspect: 'alone' }]]),
    );
  });
});

describe('starts are marked', () => {
  test('while a batch has suspects, however long ago the process died', () => {
    const begin = processes();
    const died = begin();
    died.recall(keyOf('a'), ['s']);
    died.mark(keyOf('a')).started('s', attempts, false);
    begin().recall(keyOf('b'), ['x']);
    const later = begin(() => Date.now() + 7_200_000);
    later.recall(keyOf('b'), ['x']);
    expect(later.mark(keyOf('b')).everyStart).toBe(false);
    later.recall(keyOf('a'), ['s']);
    expect(later.mark(keyOf('a')).everyStart).toBe(true);
  });
});
