import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from '@jest/globals';
import type { LedgerKey } from '../../src/ledgers/ledger.ts';
import { startTableServer, type TableServer } from './dynamodb-server.ts';

/** The table that the tests of a file share, in an emulator of its own. */
export interface SharedTable {
  readonly name: string;
  readonly server: TableServer;
  /** A client without faults. */
  readonly client: DynamoDBClient;
  /** The key of a shard that no test has used. */
  nextKey(): LedgerKey;
}

export function useTable(): SharedTable {
  let server: TableServer;
  let name: string;
  let shards = 0;
  beforeAll(async () => {
    server = await startTableServer();
    name = await server.createTable();
  });
  afterAll(() => server.close());
  return {
    get name() {
      return name;
    },
    get server() {
      return server;
    },
    get client() {
      return server.client;
    },
    nextKey: () => ({ functionArn: 'f', eventSourceArn: 's', shardId: `shard-${++shards}` }),
  };
}
