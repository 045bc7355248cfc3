import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type FileLedgerOptions, fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { nodeFiles } from '../../src/ledgers/file/node-disk.ts';
import { fullWhile } from '../kit/faulty-files.ts';
import { key, known, logOf, logsIn, marksIn, remember, unusable } from '../kit/ledger-folder.ts';
import { memory } from '../kit/memories.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('full-disks');

describe('a disk that refuses', () => {
  const setUp = (taken: number, options: FileLedgerOptions = {}) => {
    const disk = { isFull: false };
    const folder = newFolder();
    const files = fullWhile(() => disk.isFull, taken, nodeFiles);
    return { disk, folder, ledger: fileLedger({ folder, files, ...options }) };
  };

  test.each([0, 10])('a full one costs the new memories, and none before or after (%i bytes taken)', (taken) => {
    const { disk, ledger } = setUp(taken);
    remember(ledger, { 1: memory('open', 1) });
    disk.isFull = true;
    expect(() => remember(ledger, { 2: memory('open', 1) })).toThrow(unusable);
    expect(known(ledger, ['1', '2'])).toEqual(['1']);
    disk.isFull = false;
    remember(ledger, { 3: memory('open', 1) });
    expect(known(ledger, ['1', '2', '3'])).toEqual(['1', '3']);
  });

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

  test('a log that cannot be rewritten stays as it is', () => {
    const { disk, folder, ledger } = setUp(0, { maxBytes: 65_536 });
    remember(ledger, { 1: memory('open', 1) });
    disk.isFull = true;
    appendFileSync(logOf(folder), 'broken');
    expect(() => remember(ledger, { 2: memory('open', 1) })).toThrow(unusable);
    expect(logsIn(folder)).toHaveLength(1);
    expect(known(ledger, ['1'])).toEqual(['1']);
  });

  test('a folder that cannot be made costs the memories and the marks, and the check names it', () => {
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
