import { describe, expect, test } from '@jest/globals';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { createDynamodbLedger } from '../../src/ledgers/dynamodb/ledger-on-table.ts';
import { awsError } from '../kit/dynamodb-faulty-client.ts';
import { useShard } from '../kit/dynamodb-shard.ts';
import { useTable } from '../kit/dynamodb-table.ts';
import { memory } from '../kit/memories.ts';

const table = useTable();
const shard = useShard(table);

describe('a fault', () => {
  test('of a missing table is told by its name, with the remedy', async () => {
    const ledger = dynamodbLedger({ tableName: 'nowhere', client: table.client });
    const expected = {
      name: 'UndamError',
      code: 'ledger-unusable',
      message: expect.stringMatching(/"nowhere".*ResourceNotFoundException.*create it.*"pk"/),
      cause: { name: 'ResourceNotFoundException' },
    };
    await expect(shard.known(ledger, '1')).rejects.toMatchObject(expected);
    await expect(shard.learn(ledger, { 1: memory('open', 1) })).rejects.toMatchObject(expected);
    const claiming = dynamodbLedger({ tableName: 'nowhere', client: table.client, claims: true });
    await expect(shard.known(claiming, '1')).rejects.toMatchObject(expected);
  });

  test.each([
    ['ProvisionedThroughputExceededException', 'on-demand'],
    ['ThrottlingException', 'on-demand'],
    ['AccessDeniedException', 'dynamodb:UpdateItem'],
    ['InternalServerError', 'InternalServerError'],
    ['TimeoutError', 'TimeoutError'],
  ])('%s rejects with its code and the remedy, and loses nothing', async (name, words) => {
    const ledger = shard.open();
    await shard.learn(ledger, { 1: memory('open', 2) });
    shard.client.fault = () => ({ kind: 'refused', error: awsError(name) });
    const expected = { code: 'ledger-unusable', message: expect.stringContaining(words), cause: { name } };
    await expect(shard.known(ledger, '1')).rejects.toMatchObject(expected);
    await expect(shard.learn(ledger, { 1: memory('done') })).rejects.toMatchObject(expected);
    shard.client.fault = () => undefined;
    expect(await shard.known(ledger, '1')).toEqual({ 1: memory('open', 2) });
  });

  test('that makes the SDK repeat a write is one write', async () => {
    const ledger = shard.open();
    let repeated: Promise<unknown> | undefined;
    shard.client.fault = ({ operation, input }) => {
      if (operation !== 'UpdateItem' || repeated !== undefined) return undefined;
      const { UpdateItemCommand } = sdk;
      repeated = table.client.send(new UpdateItemCommand(input as never));
      return { kind: 'late', until: repeated };
    };
    const sdk = await import('@aws-sdk/client-dynamodb');
    await ledger.recall(shard.key, ['1']);
    await ledger.remember(shard.key, new Map([['1', memory('open', 1)]]));
    expect(shard.client.operations).toEqual(['GetItem', 'UpdateItem', 'GetItem']);
  });

  test('of a table of another shape is told with the key that it lacks', async () => {
    shard.client.fault = () => ({
      kind: 'refused',
      error: awsError('ValidationException', 'The provided key element does not match the schema'),
    });
    await expect(shard.known(shard.open(), '1')).rejects.toMatchObject({
      message: expect.stringContaining('partition key "pk"'),
    });
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['of a later version', { version: { N: '2' }, entry: { B: Buffer.from('?') }, revision: { S: 'r' } }],
    ['without a version', { entry: { B: Buffer.from('?') } }],
    ['that is damaged', { version: { N: '1' }, entry: { B: Buffer.from('?') }, revision: { S: 'r' } }],
    ['of foreign types', { version: { N: '1' }, entry: { S: '?' }, revision: { N: '3' }, claims: { S: 'x' } }],
  ])('of an item %s: it is set aside, and replaced by the next write', async (_what, attributes) => {
    for (const claims of [false, true]) {
      await shard.replaceItem(attributes);
      const ledger = shard.open({ client: shard.client, claims });
      await expect(ledger.recall(shard.key, ['1'])).rejects.toMatchObject(
        'claims' in attributes && claims ? { code: 'ledger-unusable' } : { code: 'entry-unreadable' },
      );
      await ledger.remember(shard.key, new Map([['1', memory('open', 1)]]));
      expect(await shard.known(shard.open(), '1')).toEqual({ 1: memory('open', 1) });
      await shard.replaceItem(attributes);
      await ledger.remember(shard.key, new Map([['1', undefined]]));
      expect(await shard.item()).toBeUndefined();
    }
  });

  test('of a package that cannot be loaded is told at each call, after one try', async () => {
    let loads = 0;
    const ambient = {
      load: () => {
        loads++;
        return Promise.reject(new Error('Dynamic require of "node:http" is not supported'));
      },
      random: () => 0.5,
      now: () => 0,
      nonce: () => 'n',
      sleep: async () => {},
    };
    const ledger = createDynamodbLedger({ tableName: table.name }, ambient);
    for (let call = 0; call < 2; call++) {
      await expect(ledger.recall(shard.key, ['1'])).rejects.toMatchObject({
        code: 'ledger-unusable',
        message: expect.stringMatching(/@aws-sdk\/client-dynamodb .*Dynamic require.*; .*createRequire/),
      });
    }
    await expect(ledger.check?.({ permissions: false })).rejects.toMatchObject({ code: 'ledger-unusable' });
    expect(loads).toBe(1);
  });

  test('of an address that never answers ends by requestTimeoutMs', async () => {
    const { createServer } = await import('node:http');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const ledger = shard.open({ endpoint: `http://127.0.0.1:${port}`, requestTimeoutMs: 100 });
    await expect(shard.known(ledger, '1')).rejects.toMatchObject({
      code: 'ledger-unusable',
      cause: { name: 'TimeoutError' },
    });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});
