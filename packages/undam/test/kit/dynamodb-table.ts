import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { LedgerKey } from '../../src/ledgers/ledger.ts';
import { FaultyClient } from './dynamodb-faulty-client.ts';
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

/** A shard of the table and a client that counts calls and makes faults, both new for each test. */
export interface ShardOfTable {
  readonly key: LedgerKey;
  readonly client: FaultyClient;
  /** The item of the shard in the table. */
  item(): Promise<Record<string, unknown> | undefined>;
  /** Puts attributes in the place of the item of the shard. */
  replaceItem(attributes: Record<string, unknown>): Promise<void>;
}

export function useShard(table: SharedTable): ShardOfTable {
  let key: LedgerKey;
  let client: FaultyClient;
  beforeEach(() => {
    key = table.nextKey();
    client = new FaultyClient(table.client);
  });
  return {
    get key() {
      return key;
    },
    get client() {
      return client;
    },
    item: () => table.server.itemOf(table.name, key),
    replaceItem: (attributes) => table.server.replaceItem(table.name, key, attributes),
  };
}
