import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A DynamoDB emulator with one table for the ledger. */
export interface TableServer {
  readonly endpoint: string;
  readonly tableName: string;
  stop(): Promise<void>;
}

export async function startTableServer(): Promise<TableServer> {
  const child = fork(join(import.meta.dirname, 'table-process.mjs'), { execArgv: [] });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const ended = exited.then(([code]) => Promise.reject(new Error(`dynalite ended with ${code} before it listened`)));
    const [endpoint] = (await Promise.race([once(child, 'message'), ended])) as [string];
    const tableName = 'undam';
    await createTable(endpoint, tableName);
    return { endpoint, tableName, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createTable(endpoint: string, TableName: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  client.destroy();
}
