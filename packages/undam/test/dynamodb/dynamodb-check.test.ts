import { DynamoDB, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { awsError, FaultyClient } from '../kit/dynamodb-faulty-client.ts';
import { type LedgerOptions, useShard } from '../kit/dynamodb-shard.ts';
import { useTable } from '../kit/dynamodb-table.ts';
import { memory } from '../kit/memories.ts';

const table = useTable();
const shard = useShard(table);

describe('the check', () => {
  const check = (options: LedgerOptions & { tableName?: string } = {}) =>
    dynamodbLedger({ tableName: table.name, endpoint: table.server.url, ...options }).check?.({ permissions: true });

  test('changes nothing in the table, and makes no call unless it is asked to', async () => {
    expect(await shard.open().check?.({ permissions: false })).toEqual([]);
    expect(shard.client.operations).toEqual([]);
    expect(await shard.open().check?.({ permissions: true })).toEqual([]);
    expect(shard.client.operations).toEqual(['GetItem', 'UpdateItem', 'DeleteItem']);
    const all = await table.client.send(
      new ScanCommand({
        TableName: table.name,
        FilterExpression: 'pk = :check',
        ExpressionAttributeValues: { ':check': { S: 'undam-check' } },
      }),
    );
    expect(all.Items).toEqual([]);
  });

  test('a DynamoDB, which calls by itself, needs no other class', async () => {
    const caller = new DynamoDB({ endpoint: table.server.url, region: 'us-east-1' });
    expect(await check({ client: caller, endpoint: undefined } as never)).toEqual([]);
    const ledger = shard.open({ client: caller });
    await shard.learn(ledger, { 1: memory('open', 1) });
    expect(await shard.known(ledger, '1')).toEqual({ 1: memory('open', 1) });
    caller.destroy();
  });

  test('names a table that is not there', async () => {
    expect(await check({ tableName: 'no-such-table' })).toEqual([
      { what: expect.stringContaining('ResourceNotFoundException'), remedy: expect.stringContaining('"pk"') },
    ]);
  });

  test('says that a table cannot be reached', async () => {
    expect(await check({ endpoint: 'http://127.0.0.1:1', connectionTimeoutMs: 100 })).toEqual([
      {
        what: expect.stringContaining('could not be used'),
        remedy: expect.stringContaining('network access to DynamoDB'),
      },
    ]);
  });

  test('names each of the three permissions that is missing', async () => {
    for (const denied of ['GetItem', 'UpdateItem', 'DeleteItem']) {
      const faulty = new FaultyClient(table.client);
      faulty.fault = ({ operation }) =>
        operation === denied ? { kind: 'refused', error: awsError('AccessDeniedException') } : undefined;
      expect(await shard.open({ client: faulty }).check?.({ permissions: true })).toEqual([
        {
          what: expect.stringContaining('AccessDeniedException'),
          remedy: expect.stringContaining(`dynamodb:${denied}`),
        },
      ]);
    }
  });

  test('includes the problems of the local ledger', async () => {
    const problem = { what: 'full', remedy: 'empty it' };
    const local = { ...memoryLedger(), check: () => [problem] };
    expect(await shard.open({ client: shard.client, local }).check?.({ permissions: false })).toEqual([problem]);
  });
});
