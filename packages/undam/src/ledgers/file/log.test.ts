import { execFile } from 'node:child_process';
import { appendFileSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { memory } from '../../../test/kit/memories.ts';
import { temporaryFolders } from '../../../test/kit/temporary-folder.ts';
import type { Memory } from '../ledger.ts';
import type { FileAccess } from './disk.ts';
import { type FileLog, fileLog } from './log.ts';
import { encodeChanges } from './log-lines.ts';
import { nodeFiles } from './node-disk.ts';

const newFolder = temporaryFolders('file-log');
const newPath = () => `${newFolder()}.log`;
const rules = { now: Date.now, expiresAfterMs: 86_400_000, maxBytes: 1_000_000 };
const remember = (log: FileLog, memories: Readonly<Record<string, Memory | undefined>>) =>
  log.remember(new Map(Object.entries(memories)));
const line = (memories: Readonly<Record<string, Memory>>) =>
  encodeChanges(new Map(Object.entries(memories)), Date.now());

describe('writers of one log', () => {
  test('in several processes lose nothing of each other while it is rewritten and removed', async () => {
    const folder = newFolder();
    const script = fileURLToPath(new URL('../../../test/kit/file-writer.ts', import.meta.url));
    const names = ['a', 'b', 'c', 'd'];
    const said = await Promise.all(
      names.map((name) =>
        promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder, name, '200']),
      ),
    );
    expect(said.map(({ stdout }) => stdout)).toEqual(names.map(() => '0\n'));
    const [left, ...others] = readdirSync(join(folder, 'logs'));
    expect(others).toEqual([]);
    const log = fileLog(nodeFiles, join(folder, 'logs', left!), rules);
    expect([...log.recall().keys()]).toEqual(expect.arrayContaining(names));
  });

  test('keep a write of one while another replaces it', () => {
    const path = newPath();
    let replaced = 0;
    const files: FileAccess = {
      ...nodeFiles,
      rename(from, to) {
        replaced++;
        appendFileSync(path, line({ 2: memory('open', 7) }));
        nodeFiles.rename(from, to);
      },
    };
    const log = fileLog(files, path, rules);
    for (let n = 0; replaced === 0; n++) remember(log, { 1: memory('open', n) });
    expect(lstatSync(path).size).toBeLessThan(1_000);
    expect(log.recall().get('2')).toEqual(memory('open', 7));
  });

  test('keep a write of one while another removes it', () => {
    const path = newPath();
    const files: FileAccess = {
      ...nodeFiles,
      remove(removed) {
        if (removed === path) appendFileSync(path, line({ 2: memory('open', 7) }));
        nodeFiles.remove(removed);
      },
    };
    const log = fileLog(files, path, rules);
    remember(log, { 1: memory('open', 1) });
    remember(log, { 1: undefined });
    expect(log.recall()).toEqual(new Map([['2', memory('open', 7)]]));
  });

  test('have remembered only once no process can replace it that may have missed the write', () => {
    const path = newPath();
    let pauses = 0;
    const files: FileAccess = {
      ...nodeFiles,
      held: (asked) => new Set(asked.map((one) => one.path)),
      // The other process read before our write, and replaces the log without it.
      pause() {
        if (++pauses < 3) return;
        writeFileSync(`${path}.new`, line({ 1: memory('open', 1) }), { mode: 0o600 });
        renameSync(`${path}.new`, path);
        rmSync(`${path}.lock`);
      },
    };
    const log = fileLog(files, path, rules);
    remember(log, { 1: memory('open', 1) });
    writeFileSync(`${path}.lock`, '', { mode: 0o600 });
    remember(log, { 2: memory('open', 1) });
    expect(pauses).toBe(3);
    expect([...log.recall().keys()]).toEqual(['1', '2']);
  });

  test('repeat a write into a file that had been replaced', () => {
    const path = newPath();
    const other = fileLog(nodeFiles, path, rules);
    let isFirst = true;
    const files: FileAccess = {
      ...nodeFiles,
      open(opened: string, how: never) {
        const file = nodeFiles.open(opened, how);
        // Between its opening and its writing, another process removes the entry.
        if (how === ('append' as never) && isFirst) {
          isFirst = false;
          remember(other, { 1: undefined });
          expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
        }
        return file as never;
      },
    };
    remember(other, { 1: memory('open', 1) });
    const log = fileLog(files, path, rules);
    remember(log, { 2: memory('open', 1) });
    expect([...log.recall().keys()]).toEqual(['2']);
  });
});

describe('a rewrite', () => {
  const dead = JSON.stringify({ ...nodeFiles.self, boot: '1' });

  test('whose process died holds up no other', () => {
    const path = newPath();
    const log = fileLog(nodeFiles, path, rules);
    writeFileSync(`${path}.new`, 'half');
    for (let n = 1; n < 400; n++) {
      writeFileSync(`${path}.lock`, dead, { mode: 0o600 });
      remember(log, { 1: memory('open', n) });
    }
    expect(lstatSync(path).size).toBeLessThan(20_000);
    expect(log.recall()).toEqual(new Map([['1', memory('open', 399)]]));
    writeFileSync(`${path}.lock`, dead, { mode: 0o600 });
    remember(log, { 1: undefined });
    expect(log.exists()).toBe(false);
  });

  test('that never ends is an error, and writes beside it are kept', () => {
    const path = newPath();
    const files: FileAccess = { ...nodeFiles, held: (asked) => new Set(asked.map((one) => one.path)), pause: () => {} };
    const log = fileLog(files, path, rules);
    writeFileSync(`${path}.lock`, dead, { mode: 0o600 });
    expect(() => remember(log, { 1: memory('open', 1) })).toThrow(expect.objectContaining({ code: 'ledger-unusable' }));
    expect([...log.recall().keys()]).toEqual(['1']);
  });

  test('whose process died before it named itself is waited for, and then forgotten', () => {
    const path = newPath();
    const log = fileLog({ ...nodeFiles, pause: () => {} }, path, rules);
    writeFileSync(`${path}.lock`, '', { mode: 0o600 });
    remember(log, { 1: memory('open', 1) });
    expect([...log.recall().keys()]).toEqual(['1']);
    expect(lstatSync(`${path}.lock`, { throwIfNoEntry: false })).toBeUndefined();
  });
});
