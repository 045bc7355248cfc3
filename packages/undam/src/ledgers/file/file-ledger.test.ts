import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ledgerContract } from '../../../test/kit/ledger-contract.ts';
import { key, known, logOf, logsIn, marksIn, remember, shard } from '../../../test/kit/ledger-folder.ts';
import { memory } from '../../../test/kit/memories.ts';
import { temporaryFolders } from '../../../test/kit/temporary-folder.ts';
import { fileLedger } from './file-ledger.ts';

const newFolder = temporaryFolders('file-ledger');

ledgerContract('fileLedger()', () => fileLedger({ folder: newFolder() }));

describe('on disk', () => {
  test('nothing is written before there is something to write', () => {
    const folder = newFolder();
    expect(known(fileLedger({ folder }), ['1'])).toEqual([]);
    expect(() => lstatSync(folder)).toThrow('ENOENT');
  });

  test("every file and folder is its owner's alone", () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    ledger.mark(key).close();
    const paths = ['', 'logs', ...logsIn(folder).map((name) => `logs/${name}`), ...marksIn(folder)];
    const modes = paths.map((path) => lstatSync(join(folder, path)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test('another process finds the memories', () => {
    const folder = newFolder();
    remember(fileLedger({ folder }), { 1: memory('open', 1) });
    expect(known(fileLedger({ folder }), ['1'])).toEqual(['1']);
  });

  test('a resolved record is forgotten 15 minutes after the last unresolved one', () => {
    let at = Date.now();
    const folder = newFolder();
    const ledger = fileLedger({ folder, now: () => at });
    remember(ledger, { 1: memory('open', 1), 2: memory('done') });
    remember(ledger, { 1: undefined });
    at += 15 * 60_000;
    expect(known(ledger, ['2'])).toEqual(['2']);
    at += 1;
    expect(known(ledger, ['2'])).toEqual([]);
    expect(logsIn(folder)).toEqual([]);
  });

  test('the log of an empty entry is removed', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1), 2: memory('done') });
    expect(logsIn(folder)).toHaveLength(1);
    remember(ledger, { 1: undefined, 2: undefined });
    expect(logsIn(folder)).toEqual([]);
  });

  test('any number of invocations leaves as many files open as ran at once', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    const opened = () => readdirSync('/proc/self/fd').length;
    const run = () => {
      const marks = [1, 2, 3].map((n) => ledger.mark(shard(String(n))));
      for (const each of marks) each.done(['1']);
      remember(ledger, { 1: memory('open', 1) });
      known(ledger, ['1']);
      for (const each of marks) each.close();
    };
    run();
    const before = opened();
    for (let n = 0; n < 300; n++) run();
    expect(opened()).toBe(before);
    expect(marksIn(folder)).toHaveLength(3);
  });

  test('a marks file that was removed while its invocation ran is not used again', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    const marks = ledger.mark(key);
    for (const name of marksIn(folder)) rmSync(join(folder, name));
    known(ledger, ['1']);
    marks.close();
    ledger.mark(key);
    expect(marksIn(folder)).toHaveLength(1);
  });

  test('a stray file is ignored', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    for (const place of ['', 'logs']) {
      mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(join(folder, place, 'notes.txt'), 'stray');
      mkdirSync(join(folder, place, 'more'));
    }
    expect(known(fileLedger({ folder }), ['1'])).toEqual(['1']);
    expect(readdirSync(folder)).toContain('notes.txt');
  });

  test('files of others are neither removed nor counted, whatever their endings', () => {
    const folder = newFolder();
    const names = ['app.log', 'app.log.new', 'app.log.lock', 'app.unreadable', 'app.marks.unreadable'];
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const paths = names.flatMap((name) => [join(folder, name), join(folder, 'logs', name)]);
    for (const path of paths) writeFileSync(path, 'x'.repeat(70_000));
    const ledger = fileLedger({ folder, maxBytes: 65_536 });
    remember(ledger, { 1: memory('open', 1) });
    expect(known(ledger, ['1'])).toEqual(['1']);
    known(fileLedger({ folder, now: () => Date.now() + 90_000_000 }), []);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('an expired memory', () => {
  test('is forgotten by the time of its last write, record by record', () => {
    let now = Date.now();
    const folder = newFolder();
    const ledger = fileLedger({ folder, now: () => now, expiresAfterMs: 10_000 });
    remember(ledger, { 1: memory('open', 1), 2: memory('done') });
    now += 9_000;
    remember(ledger, { 3: memory('open', 1) });
    expect(known(ledger, ['1', '2', '3'])).toEqual(['1', '2', '3']);
    now += 1_001;
    expect(known(ledger, ['1', '2', '3'])).toEqual(['3']);
    now += 9_000;
    expect(known(ledger, ['1', '2', '3'])).toEqual([]);
    expect(logsIn(folder)).toEqual([]);
  });

  test('keeps its age when the log is rewritten', () => {
    let now = Date.now();
    const folder = newFolder();
    const ledger = fileLedger({ folder, now: () => now, expiresAfterMs: 24_000 });
    remember(ledger, { old: memory('open', 1) });
    now += 20_000;
    for (let n = 0; n < 300; n++) remember(ledger, { new: memory('open', n) });
    expect(lstatSync(logOf(folder)).size).toBeLessThan(40_000);
    now += 3_000;
    expect(known(ledger, ['old', 'new'])).toEqual(['old', 'new']);
    now += 2_000;
    expect(known(ledger, ['old', 'new'])).toEqual(['new']);
  });

  test('is removed by the next process, though that asks for another shard', () => {
    const folder = newFolder();
    remember(fileLedger({ folder }), { 1: memory('open', 1) });
    const log = logOf(folder);
    const aside = join(folder, '7-7-7-0.marks.unreadable');
    for (const path of [`${log}.new`, `${log}.lock`, `${log}.unreadable`, aside]) writeFileSync(path, 'left');
    known(fileLedger({ folder, now: () => Date.now() + 90_000_000 }), [], shard('b'));
    expect(logsIn(folder)).toEqual([]);
    expect(existsSync(aside)).toBe(false);
  });
});

describe('fileLedger()', () => {
  test.each<[Record<string, unknown>]>([
    [{ folder: '' }],
    [{ folder: 1 }],
    [{ expiresAfterMs: 0 }],
    [{ maxBytes: 1 }],
    [{ now: 1 }],
    [{ files: {} }],
    [{ path: '/tmp' }],
  ])('%j is refused at once', (options) => {
    expect(() => fileLedger(options)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});
