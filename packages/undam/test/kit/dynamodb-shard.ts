import { beforeEach } from '@jest/globals';
import { type DynamodbLedgerOptions, dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { createDynamodbLedger } from '../../src/ledgers/dynamodb/ledger-on-table.ts';
import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { FaultyClient } from './dynamodb-faulty-client.ts';
import type { SharedTable } from './dynamodb-table.ts';
import { type Changes, changed } from './memories.ts';

export type LedgerOptions = Omit<DynamodbLedgerOptions, 'tableName'>;

/** A shard of the table and a client that counts calls and makes faults, both new for each test. */
export interface ShardOfTable {
  readonly key: LedgerKey;
  readonly client: FaultyClient;
  /** The ledger of a new process. @param options @default `{ client }` */
  open(options?: LedgerOptions): Ledger;
  /** The same with a clock of its own, and without waits. @param now epoch milliseconds */
  openAt(now: () => number, options?: LedgerOptions): Ledger;
  /** The item of the shard in the table. */
  item(): Promise<Record<string, unknown> | undefined>;
  /** Puts attributes in the place of the item of the shard. */
  replaceItem(attributes: Record<string, unknown>): Promise<void>;
  /** What a ledger knows of these records, in an invocation of its own. */
  known(ledger: Ledger, ...numbers: readonly string[]): Promise<Record<string, Memory>>;
  /** Tells a ledger of these records, in an invocation of its own. */
  learn(ledger: Ledger, changes: Changes): Promise<void>;
}

export function useShard(table: SharedTable): ShardOfTable {
  let key: LedgerKey;
  let client: FaultyClient;
  let nonces = 0;
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
    open: (options = { client }) => dynamodbLedger({ tableName: table.name, ...options }),
    openAt: (now, options = { client }) =>
      createDynamodbLedger(
        { tableName: table.name, ...options },
        {
          load: () => import('@aws-sdk/client-dynamodb'),
          random: Math.random,
          now,
          nonce: () => `n${++nonces}`,
          sleep: async () => {},
        },
      ),
    item: () => table.server.itemOf(table.name, key),
    replaceItem: (attributes) => table.server.replaceItem(table.name, key, attributes),
    known: async (ledger, ...numbers) => Object.fromEntries(await ledger.recall({ ...key }, numbers)),
    learn: async (ledger, changes) => ledger.remember({ ...key }, changed(changes)),
  };
}
