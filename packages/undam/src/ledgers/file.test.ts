import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { fileLedger } from './file.ts';
import { ledgerContract } from './ledger-contract.fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'undam-file-ledger-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

ledgerContract('fileLedger()', () => fileLedger({ folder: join(root, String(folders++)) }));
