import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { key, known, logOf, remember, unusable } from '../kit/ledger-folder.ts';
import { memory } from '../kit/memories.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('foreign-folders');

describe('in a folder that others may change', () => {
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

  test('no call reads or writes through a link in place of a log', () => {
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

  test.each(calls)('%s uses no folder of another user', (_name, call) => {
    let folder = '/usr';
    if (process.getuid?.() === 0) {
      folder = newFolder();
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, 1, 1);
    }
    expect(() => call(fileLedger({ folder }))).toThrow(unusable);
  });
});
