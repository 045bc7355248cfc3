import { afterAll, beforeAll } from '@jest/globals';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { startTableServer, type TableServer } from '../kit/dynamodb-server.ts';
import { ledgerContract } from '../kit/ledger-contract.ts';

let server: TableServer;
beforeAll(async () => {
  server = await startTableServer();
});
afterAll(() => server.close());

const open = async (more: Partial<Parameters<typeof dynamodbLedger>[0]> = {}) =>
  dynamodbLedger({ tableName: await server.createTable(), endpoint: server.url, requestTimeoutMs: 20_000, ...more });

ledgerContract('dynamodbLedger()', () => open());
ledgerContract('dynamodbLedger({ claims: true })', () => open({ claims: true }));
ledgerContract('dynamodbLedger({ local })', () => open({ local: memoryLedger() }));
