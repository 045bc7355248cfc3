import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ledgerContract } from '../../../test/kit/ledger-contract.ts';
import { memory } from '../../../test/kit/memories.ts';
import type { Ledger, LedgerKey, Memory } from '../ledger.ts';
import type { FileAccess, OpenFile } from './disk.ts';
import { type FileLedgerOptions, fileLedger } from './file-ledger.ts';
import { nodeFiles } from './node-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'undam-file-ledger-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, String(folders++));

ledgerContract('fileLedger()', () => fileLedger({ folder: newFolder() }));

const shard = (shardId: string): LedgerKey => ({ functionArn: 'f', eventSourceArn: 's', shardId });
const key = shard('a');
const known = (ledger: Ledger, numbers: readonly string[], of = key): string[] => [
  ...(ledger.recall(of, numbers) as ReadonlyMap<string, Memory>).keys(),
];
const remember = (ledger: Ledger, memories: Readonly<Record<string, Memory | undefined>>, of = key) =>
  ledger.remember(of, new Map(Object.entries(memories)));
const marksIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.marks'));
const logsIn = (folder: string) => readdirSync(join(folder, 'logs'));
const logOf = (folder: string) => join(folder, 'logs', logsIn(folder).find((name) => name.endsWith('.log'))!);
const unusable = expect.objectContaining({ code: 'ledger-unusable' });
const unreadable = expect.objectContaining({ code: 'entry-unreadable' });

describe('on disk', () => {
  test('nothing is written before there is something to write', () => {
    const folder = newFolder();
    expect(known(fileLedger({ folder }), ['1'])).toEqual([]);
    expect(() => lstatSync(folder)).toThrow('ENOENT');
  });

  test('everything is its owner alone', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    ledger.mark(key).close();
    const paths = ['', 'logs', ...logsIn(folder).map((name) => `logs/${name}`), ...marksIn(folder)];
    const modes = paths.map((path) => lstatSync(join(folder, path)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test('another process finds what was remembered', () => {
    const folder = newFolder();
    remember(fileLedger({ folder }), { 1: memory('open', 1) });
    expect(known(fileLedger({ folder }), ['1'])).toEqual(['1']);
  });

  test('of records that never come again, resolved ones are forgotten 15 minutes after the last unresolved one', () => {
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

  test('a log whose entry is empty is gone', () => {
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

  test('a stray file is nobody', () => {
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

  test('files of somebody else are neither removed nor counted, whatever they end in', () => {
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

describe('what expires', () => {
  test('is forgotten so long after it was last written of, record by record', () => {
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

  test('stays as old as it is when the log is written anew', () => {
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

  test('is removed by the next process although nobody asks for it any more', () => {
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

describe('the bound', () => {
  const long = (n: number) => `49590338271490256608559692538361571095921${String(n * 7919).padStart(15, '0')}`;

  test('a remainder of 10,000 records with scattered done ones fits in well', () => {
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

  test('of one shard, finished records are forgotten first, and then the oldest', () => {
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

  test('of several shards, those written least recently are forgotten', () => {
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

  test('marks that would go beyond it end, and with them all that the invocation has marked', () => {
    const folder = newFolder();
    const marks = fileLedger({ folder, maxBytes: 65_536 }).mark(key);
    expect(() => {
      for (let n = 0; n < 1_000; n++) marks.done([long(n)]);
    }).toThrow(unusable);
    const [name] = marksIn(folder);
    expect(readFileSync(join(folder, name!), 'utf8')[0]).toBe('c');
  });
});

describe('what cannot be read', () => {
  test.each([
    ['garbage', 'PNG\n'],
    ['a line of another version', '{"undam":2,"records":[]}\n'],
    ['a line without records', '{"undam":1}\n'],
    ['a memory of no state', '{"undam":1,"records":[[{"state":"all done","attempts":{}},9e15,[0,"1"]]]}\n'],
    ['half a line in the middle', '{"undam":1,"rec\n{"undam":1,"records":[]}\n'],
  ])('%s is set aside with an error, once, and there is an empty entry', (_what, garbage) => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('done'), 2: memory('open', 1) });
    const path = logOf(folder);
    appendFileSync(path, garbage);
    expect(() => known(ledger, ['1', '2'])).toThrow(unreadable);
    expect(known(ledger, ['1', '2'])).toEqual([]);
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toContain(garbage);
    remember(ledger, { 3: memory('open', 1) });
    expect(known(ledger, ['1', '2', '3'])).toEqual(['3']);
  });

  test('the beginning of a last line was never remembered, and the next line is not glued to it', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    appendFileSync(logOf(folder), '{"undam":1,"records":[[{"state":"done"');
    expect(known(ledger, ['1'])).toEqual(['1']);
    remember(ledger, { 2: memory('open', 1) });
    expect(known(ledger, ['1', '2'])).toEqual(['1', '2']);
  });
});

describe('a place that is not ours alone', () => {
  const calls: [string, (ledger: ReturnType<typeof fileLedger>) => unknown][] = [
    ['recall', (ledger) => known(ledger, ['1'])],
    ['remember', (ledger) => remember(ledger, { 1: memory('open', 1) })],
    ['mark', (ledger) => ledger.mark(key)],
  ];

  test.each(calls)('%s follows no link in place of the folder', (_name, call) => {
    const folder = newFolder();
    mkdirSync(`${folder}-elsewhere`, { mode: 0o700 });
    symlinkSync(`${folder}-elsewhere`, folder);
    expect(() => call(fileLedger({ folder }))).toThrow(unusable);
    expect(readdirSync(`${folder}-elsewhere`)).toEqual([]);
  });

  test.each(calls)('%s uses no folder that others can write into', (_name, call) => {
    const folder = newFolder();
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(() => call(fileLedger({ folder }))).toThrow(unusable);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(calls)('%s uses no file in place of the folder', (_name, call) => {
    const folder = newFolder();
    writeFileSync(folder, '');
    expect(() => call(fileLedger({ folder }))).toThrow(unusable);
  });

  test('neither reads nor writes through a link in place of a log', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    const path = logOf(folder);
    const target = `${folder}-target`;
    writeFileSync(target, readFileSync(path));
    rmSync(path);
    symlinkSync(target, path);
    expect(() => known(ledger, ['1'])).toThrow(unusable);
    expect(() => remember(ledger, { 2: memory('open', 1) })).toThrow(unusable);
  });

  test.each(calls)('%s uses no folder of somebody else', (_name, call) => {
    let folder = '/usr';
    if (process.getuid?.() === 0) {
      folder = newFolder();
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, 1, 1);
    }
    expect(() => call(fileLedger({ folder }))).toThrow(unusable);
  });
});

describe('a disk that refuses', () => {
  /** A disk on which writing fails, or takes only the first bytes of each line. */
  function full(isFull: () => boolean, taken = 0): FileAccess {
    const noRoom = (): never => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const file = (opened: OpenFile | undefined): OpenFile | undefined =>
      opened && {
        state: () => opened.state(),
        read: (from) => opened.read(from),
        truncate: (bytes) => opened.truncate(bytes),
        close: () => opened.close(),
        write(text, position) {
          if (!isFull() || text.length === 1) return opened.write(text, position);
          if (taken > 0) opened.write(text.slice(0, taken), position);
          return noRoom();
        },
      };
    return { ...nodeFiles, open: (path: string, how: never) => file(nodeFiles.open(path, how)) as never };
  }
  const setUp = (taken?: number, options: FileLedgerOptions = {}) => {
    const disk = { isFull: false };
    const folder = newFolder();
    const files = full(() => disk.isFull, taken);
    return { disk, folder, ledger: fileLedger({ folder, files, ...options }) };
  };

  test.each([0, 10])(
    'a full one costs what was to be remembered, and nothing before or after (%i bytes taken)',
    (taken) => {
      const { disk, ledger } = setUp(taken);
      remember(ledger, { 1: memory('open', 1) });
      disk.isFull = true;
      expect(() => remember(ledger, { 2: memory('open', 1) })).toThrow(unusable);
      expect(known(ledger, ['1', '2'])).toEqual(['1']);
      disk.isFull = false;
      remember(ledger, { 3: memory('open', 1) });
      expect(known(ledger, ['1', '2', '3'])).toEqual(['1', '3']);
    },
  );

  test.each([0, 10])(
    'marks that fail on a full one are closed, and their file is used again (%i bytes taken)',
    (taken) => {
      const { disk, folder, ledger } = setUp(taken);
      const marks = ledger.mark(key);
      marks.done(['1']);
      disk.isFull = true;
      expect(() => marks.done(['2'])).toThrow('ENOSPC');
      marks.done(['3']);
      expect(() => ledger.mark(key)).toThrow(unusable);
      const [name, ...others] = marksIn(folder);
      expect(others).toEqual([]);
      expect(readFileSync(join(folder, name!), 'utf8')[0]).toBe('c');
      disk.isFull = false;
      ledger.mark(key).close();
      expect(marksIn(folder)).toEqual([name]);
    },
  );

  test('a log that cannot be written anew stays as it is', () => {
    const { disk, folder, ledger } = setUp(0, { maxBytes: 65_536 });
    remember(ledger, { 1: memory('open', 1) });
    disk.isFull = true;
    appendFileSync(logOf(folder), 'broken');
    expect(() => remember(ledger, { 2: memory('open', 1) })).toThrow(unusable);
    expect(logsIn(folder)).toHaveLength(1);
    expect(known(ledger, ['1'])).toEqual(['1']);
  });

  test('a place where nothing can be made', () => {
    for (const folder of ['/proc/undam', '/sys/undam']) {
      const ledger = fileLedger({ folder });
      expect(known(ledger, ['1'])).toEqual([]);
      expect(() => remember(ledger, { 1: memory('open', 1) })).toThrow(unusable);
      expect(() => ledger.mark(key)).toThrow(unusable);
      expect(ledger.check?.({ permissions: false })).toEqual([
        { what: expect.stringContaining(folder), remedy: expect.stringContaining('set folder') },
      ]);
    }
    expect(fileLedger({ folder: newFolder() }).check?.({ permissions: false })).toEqual([]);
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
