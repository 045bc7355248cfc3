import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/**
 * Answers a new path at each call, under a temporary folder that is removed after the tests of the file. The ledger makes
 * the folder at the path.
 *
 * @param name part of the temporary folder's name
 */
export function temporaryFolders(name: string): () => string {
  const root = mkdtempSync(join(tmpdir(), `undam-${name}-`));
  afterAll(() => rmSync(root, { recursive: true }));
  let folders = 0;
  return () => join(root, String(folders++));
}
