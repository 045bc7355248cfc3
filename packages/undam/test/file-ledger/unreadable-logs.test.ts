import { appendFileSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { known, logOf, remember, unreadable } from '../kit/ledger-folder.ts';
import { memory } from '../kit/memories.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('unreadable-logs');

describe('an unreadable log', () => {
  test.each([
    ['garbage', 'PNG\n'],
    ['a line of another version', '{"undam":2,"records":[]}\n'],
    ['a line without records', '{"undam":1}\n'],
    ['a memory of no state', '{"undam":1,"records":[[{"state":"all done","attempts":{}},9e15,[0,"1"]]]}\n'],
    ['half a line in the middle', '{"undam":1,"rec\n{"undam":1,"records":[]}\n'],
  ])('with %s is set aside with an error, once, and leaves an empty entry', (_what, garbage) => {
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

  test('is none for an unfinished last line: that is dropped, and the next line starts anew', () => {
    const folder = newFolder();
    const ledger = fileLedger({ folder });
    remember(ledger, { 1: memory('open', 1) });
    appendFileSync(logOf(folder), '{"undam":1,"records":[[{"state":"done"');
    expect(known(ledger, ['1'])).toEqual(['1']);
    remember(ledger, { 2: memory('open', 1) });
    expect(known(ledger, ['1', '2'])).toEqual(['1', '2']);
  });
});
