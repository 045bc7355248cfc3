import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { nameOf } from '../../src/ledgers/entry.ts';
import type { LedgerKey } from '../../src/ledgers/ledger.ts';

/** A DynamoDB emulator in a process of its own, on 127.0.0.1. */
export interface TableServer {
  readonly url: string;
  readonly client: DynamoDBClient;
  /** Makes an empty table as docs/crashes-and-ledgers.md describes it, and answers its name. */
  createTable(): Promise<string>;
  /** The item of a key. */
  itemOf(tableName: string, key: LedgerKey): Promise<Record<string, unknown> | undefined>;
  /** Puts attributes in the place of the item of a key. */
  replaceItem(tableName: string, key: LedgerKey, attributes: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

const program = `
const server = require(${JSON.stringify(createRequire(import.meta.url).resolve('dynalite'))})({ createTableMs: 0, deleteTableMs: 0 });
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
`;

let tables = 0;

export async function startTableServer(): Promise<TableServer> {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' });
  // Its standard input ends with this process, by any death.
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const url = `http://127.0.0.1:${await firstLine(child)}`;
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1' });
  const keyOf = (key: LedgerKey) => ({ pk: { S: nameOf(key) } });
  return {
    url,
    client,
    createTable: async () => {
      const TableName = `undam-${++tables}`;
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        }),
      );
      return TableName;
    },
    itemOf: async (TableName, key) =>
      (await client.send(new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true }))).Item,
    replaceItem: async (TableName, key, attributes) => {
      await client.send(new PutItemCommand({ TableName, Item: { ...keyOf(key), ...attributes } as never }));
    },
    close: () => {
      client.destroy();
      const closed = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill();
      return closed;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`dynalite ended with ${code} before it listened`)));
    createInterface({ input: child.stdout! }).once('line', resolve);
  });
}
