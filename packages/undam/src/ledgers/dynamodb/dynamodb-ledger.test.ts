import { DynamoDB, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsError, FaultyClient } from '../../../test/kit/dynamodb-faulty-client.ts';
import { startTableServer, type TableServer } from '../../../test/kit/dynamodb-server.ts';
import { memory } from '../../../test/kit/ledger-contract.ts';
import type { Ledger, LedgerKey, Marks, Memory } from '../ledger.ts';
import { memoryLedger } from '../memory.ts';
import { dynamodbLedger } from './index.ts';
import { createDynamodbLedger } from './ledger-on-table.ts';

let server: TableServer;
let tableName: string;
beforeAll(async () => {
  server = await startTableServer();
  tableName = await server.createTable();
});
afterAll(() => server.close());

let shards = 0;
let key: LedgerKey;
let client: FaultyClient;
beforeEach(() => {
  key = { functionArn: 'f', eventSourceArn: 's', shardId: `shard-${++shards}` };
  client = new FaultyClient(server.client);
});

type Options = Omit<Parameters<typeof dynamodbLedger>[0], 'tableName'>;
const open = (options: Options = { client }): Ledger => dynamodbLedger({ tableName, ...options });
const known = async (ledger: Ledger, ...numbers: string[]) =>
  Object.fromEntries(await ledger.recall({ ...key }, numbers));
const learn = (ledger: Ledger, memories: Record<string, Memory | undefined>, of: LedgerKey = { ...key }) =>
  ledger.remember(of, new Map(Object.entries(memories)));
const item = () => server.itemOf(tableName, key);

/** A ledger with time in the test's hands. */
function ledgerAt(now: number, options: Options): Ledger {
  return createDynamodbLedger(
    { tableName, ...options },
    {
      load: () => import('@aws-sdk/client-dynamodb'),
      random: Math.random,
      now: () => now,
      nonce: () => `n${++nonces}`,
      sleep: async () => {},
    },
  );
}
let nonces = 0;

describe('calls', () => {
  test('an invocation that succeeds reads once and writes nothing', async () => {
    const ledger = open();
    expect(await known(ledger, '1', '2')).toEqual({});
    await learn(ledger, {});
    expect(client.operations).toEqual(['GetItem']);
    expect(client.calls[0]!.input).toMatchObject({ ConsistentRead: true });
  });

  test('one that leaves something reads once and writes once, however many records it has', async () => {
    const ledger = open();
    const numbers = Array.from({ length: 500 }, (_, at) => String(1_000 + at));
    await ledger.recall(key, numbers);
    await ledger.remember(key, new Map(numbers.map((number, at) => [number, memory(at === 0 ? 'open' : 'done', at)])));
    expect(client.operations).toEqual(['GetItem', 'UpdateItem']);
  });

  test('the item is removed with its last record, again in one write', async () => {
    const ledger = open();
    await learn(ledger, { 1: memory('open', 1), 2: memory('done') });
    client.calls.length = 0;
    await ledger.recall(key, ['1', '2']);
    await ledger.remember(key, new Map(['1', '2'].map((number) => [number, undefined])));
    expect(client.operations).toEqual(['GetItem', 'DeleteItem']);
    expect(await item()).toBeUndefined();
  });

  test('with claims: one update that also reads, and one write, also where all is well', async () => {
    const ledger = open({ client, claims: true });
    await ledger.recall(key, ['1', '2']);
    expect(await item()).toBeDefined();
    await ledger.remember(key, new Map());
    expect(client.operations).toEqual(['UpdateItem', 'DeleteItem']);
    expect(await item()).toBeUndefined();
  });

  test('every write carries the time at which DynamoDB may remove the item, in epoch seconds', async () => {
    const before = Math.floor(Date.now() / 1_000);
    await learn(open({ client, expiresAfterSeconds: 86_400 }), { 1: memory('open', 1) });
    const { ttl } = (await item()) as { ttl: { N: string } };
    expect(Number(ttl.N) - before).toBeGreaterThanOrEqual(86_400);
    expect(Number(ttl.N) - before).toBeLessThan(90_000);
  });

  test('the table and its key are named as documented', async () => {
    await learn(open(), { 1: memory('open', 1) });
    expect(await item()).toMatchObject({ pk: { S: JSON.stringify(['f', 's', key.shardId]) }, version: { N: '1' } });
  });
});

describe('writers at once', () => {
  test('a write against an item that has changed merges, with one further read where the answer does not bring the item', async () => {
    const [one, other] = [open(), open({ client: server.client })];
    await one.recall(key, ['1', '2']);
    await learn(other, { 2: memory('open', 2) });
    await one.remember(key, new Map([['1', memory('open', 1)]]));
    expect(client.operations).toEqual(['GetItem', 'UpdateItem', 'GetItem', 'UpdateItem']);
    expect(await known(one, '1', '2')).toEqual({ 1: memory('open', 1), 2: memory('open', 2) });
  });

  test('the item that AWS answers with a conflict is not read again', async () => {
    const one = open();
    await one.recall(key, ['1', '2']);
    await learn(open({ client: server.client }), { 2: memory('open', 2) });
    const Item = await item();
    client.fault = ({ number }) =>
      number === 2
        ? { kind: 'refused', error: Object.assign(awsError('ConditionalCheckFailedException'), { Item }) }
        : undefined;
    await one.remember(key, new Map([['1', memory('open', 1)]]));
    expect(client.operations).toEqual(['GetItem', 'UpdateItem', 'UpdateItem']);
    expect(client.calls[1]!.input).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    expect(await known(one, '1', '2')).toEqual({ 1: memory('open', 1), 2: memory('open', 2) });
  });

  test('an item that was removed and made anew is not taken for the one that was read', async () => {
    const [one, other] = [open(), open({ client: server.client })];
    await learn(one, { 1: memory('open', 1) });
    await one.recall(key, ['1', '2']);
    await learn(other, { 1: memory('done') });
    await learn(other, { 2: memory('open', 5) });
    await one.remember(key, new Map([['1', memory('done')]]));
    expect(await known(one, '2')).toEqual({ 2: memory('open', 5) });
  });

  test('an item that another has filled meanwhile is not removed', async () => {
    const [one, other] = [open(), open({ client: server.client })];
    await learn(one, { 1: memory('open', 1) });
    await one.recall(key, ['1']);
    await learn(other, { 2: memory('open', 2) });
    await one.remember(key, new Map([['1', memory('done')]]));
    expect(await known(one, '1', '2')).toEqual({
      1: { ...memory('open', 1), state: 'done' },
      2: memory('open', 2),
    });
  });

  test('twenty of them, each of another environment and with a claim, lose nothing and leave no claim', async () => {
    const writers = [...Array(20).keys()].map((n) => 100 + n);
    await Promise.all(
      writers.map(async (n) => {
        const [ledger, ours] = [open({ client: server.client, claims: true }), { ...key }];
        await ledger.recall(ours, [String(n)]);
        await ledger.remember(ours, new Map([[String(n), memory('open', n)]]));
      }),
    );
    expect(await known(open(), ...writers.map(String))).toEqual(
      Object.fromEntries(writers.map((n) => [n, memory('open', n)])),
    );
    expect(await item()).not.toHaveProperty('claims');
    expect(await item()).not.toHaveProperty('batches');
  });

  test('a write that is always too late ends, and says so', async () => {
    client.fault = ({ operation }) =>
      operation === 'UpdateItem' ? { kind: 'refused', error: awsError('ConditionalCheckFailedException') } : undefined;
    const ledger = ledgerAt(Date.now(), { client });
    await expect(learn(ledger, { 1: memory('open', 1) })).rejects.toMatchObject({ code: 'ledger-unusable' });
  });
});

describe('what goes wrong', () => {
  test('a missing table is named, with the remedy', async () => {
    const ledger = dynamodbLedger({ tableName: 'nowhere', client: server.client });
    const expected = {
      name: 'UndamError',
      code: 'ledger-unusable',
      message: expect.stringMatching(/"nowhere".*ResourceNotFoundException.*create it.*"pk"/),
      cause: { name: 'ResourceNotFoundException' },
    };
    await expect(known(ledger, '1')).rejects.toMatchObject(expected);
    await expect(learn(ledger, { 1: memory('open', 1) })).rejects.toMatchObject(expected);
    const claiming = dynamodbLedger({ tableName: 'nowhere', client: server.client, claims: true });
    await expect(known(claiming, '1')).rejects.toMatchObject(expected);
  });

  test.each([
    ['ProvisionedThroughputExceededException', 'on-demand'],
    ['ThrottlingException', 'on-demand'],
    ['AccessDeniedException', 'dynamodb:UpdateItem'],
    ['InternalServerError', 'InternalServerError'],
    ['TimeoutError', 'TimeoutError'],
  ])('%s rejects with its code and what to do, and loses nothing', async (name, words) => {
    const ledger = open();
    await learn(ledger, { 1: memory('open', 2) });
    client.fault = () => ({ kind: 'refused', error: awsError(name) });
    const expected = { code: 'ledger-unusable', message: expect.stringContaining(words), cause: { name } };
    await expect(known(ledger, '1')).rejects.toMatchObject(expected);
    await expect(learn(ledger, { 1: memory('done') })).rejects.toMatchObject(expected);
    client.fault = () => undefined;
    expect(await known(ledger, '1')).toEqual({ 1: memory('open', 2) });
  });

  test('a write whose answer was lost, and that the SDK repeats, is one write', async () => {
    const ledger = open();
    let repeated: Promise<unknown> | undefined;
    client.fault = ({ operation, input }) => {
      if (operation !== 'UpdateItem' || repeated !== undefined) return undefined;
      const { UpdateItemCommand } = sdk;
      repeated = server.client.send(new UpdateItemCommand(input as never));
      return { kind: 'late', until: repeated };
    };
    const sdk = await import('@aws-sdk/client-dynamodb');
    await ledger.recall(key, ['1']);
    await ledger.remember(key, new Map([['1', memory('open', 1)]]));
    expect(client.operations).toEqual(['GetItem', 'UpdateItem', 'GetItem']);
  });

  test('a table of another shape is told of', async () => {
    client.fault = () => ({
      kind: 'refused',
      error: awsError('ValidationException', 'The provided key element does not match the schema'),
    });
    await expect(known(open(), '1')).rejects.toMatchObject({ message: expect.stringContaining('partition key "pk"') });
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['of a later version', { version: { N: '2' }, entry: { B: Buffer.from('?') }, revision: { S: 'r' } }],
    ['without a version', { entry: { B: Buffer.from('?') } }],
    ['that is damaged', { version: { N: '1' }, entry: { B: Buffer.from('?') }, revision: { S: 'r' } }],
    ['of foreign types', { version: { N: '1' }, entry: { S: '?' }, revision: { N: '3' }, claims: { S: 'x' } }],
  ])('an item %s is set aside, and replaced by the next write', async (_what, attributes) => {
    for (const claims of [false, true]) {
      await server.replaceItem(tableName, key, attributes);
      const ledger = open({ client, claims });
      await expect(ledger.recall(key, ['1'])).rejects.toMatchObject(
        'claims' in attributes && claims ? { code: 'ledger-unusable' } : { code: 'entry-unreadable' },
      );
      await ledger.remember(key, new Map([['1', memory('open', 1)]]));
      expect(await known(open(), '1')).toEqual({ 1: memory('open', 1) });
      await server.replaceItem(tableName, key, attributes);
      await ledger.remember(key, new Map([['1', undefined]]));
      expect(await item()).toBeUndefined();
    }
  });

  test('a package that cannot be loaded is told of at each call, and loaded once', async () => {
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
    const ledger = createDynamodbLedger({ tableName }, ambient);
    for (let call = 0; call < 2; call++) {
      await expect(ledger.recall(key, ['1'])).rejects.toMatchObject({
        code: 'ledger-unusable',
        message: expect.stringMatching(/@aws-sdk\/client-dynamodb .*Dynamic require.*; .*createRequire/),
      });
    }
    await expect(ledger.check?.({ permissions: false })).rejects.toMatchObject({ code: 'ledger-unusable' });
    expect(loads).toBe(1);
  });

  test('an address that never answers ends by requestTimeoutMs', async () => {
    const { createServer } = await import('node:http');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const ledger = open({ endpoint: `http://127.0.0.1:${port}`, requestTimeoutMs: 100 });
    await expect(known(ledger, '1')).rejects.toMatchObject({
      code: 'ledger-unusable',
      cause: { name: 'TimeoutError' },
    });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('what was not learned anew for long', () => {
  const hour = 3_600_000;

  const at = (now: number, more: Options = {}) => ledgerAt(now, { client, expiresAfterSeconds: 86_400, ...more });

  test('of records that never come again, resolved ones are forgotten within two hours of the last unresolved one', async () => {
    await learn(at(1_000 * hour), { 1: memory('open', 1), 2: memory('done') });
    await learn(at(1_020 * hour), { 1: undefined, 3: memory('done') });
    expect(await known(at(1_021.99 * hour), '2', '3')).toEqual({ 2: memory('done'), 3: memory('done') });
    expect(await known(at(1_022 * hour), '2', '3')).toEqual({});
  });

  test('is forgotten, also where the item lives on and DynamoDB has not removed it', async () => {
    await learn(at(1_000 * hour), { 1: memory('open', 1), 2: memory('done') });
    await learn(at(1_020 * hour), { 3: memory('open', 1) });
    expect(await known(at(1_020 * hour), '1', '2', '3')).toEqual({
      1: memory('open', 1),
      2: memory('done'),
      3: memory('open', 1),
    });
    expect(await known(at(1_030 * hour), '1', '2', '3')).toEqual({ 3: memory('open', 1) });
  });

  test('a claim that was never closed goes with the next write', async () => {
    await known(at(1_000 * hour, { claims: true }), '7');
    await learn(at(1_030 * hour), { 1: memory('open', 1) });
    expect(await item()).not.toHaveProperty('claims');
  });
});

describe('a local ledger beside the table', () => {
  const marks: Marks = {
    everyStart: true,
    started() {},
    done() {},
    learned() {},
    answered() {},
    withdraw() {},
    close() {},
  };

  test('is told what the table is told, and both are merged', async () => {
    const local = memoryLedger();
    const ledger = open({ client, local });
    await learn(ledger, { 1: memory('open', 1), 2: memory('done') });
    expect(Object.fromEntries(await local.recall(key, ['1', '2']))).toEqual({
      1: memory('open', 1),
      2: memory('done'),
    });
    await learn(open(), { 1: memory('open', 2), 3: memory('open', 1) });
    await learn(local, { 1: memory('open', 1, { firstFailedAt: 3 }), 4: memory('done') });
    expect(await known(ledger, '1', '2', '3', '4')).toEqual({
      1: memory('open', 2, { firstFailedAt: 3 }),
      2: memory('done'),
      3: memory('open', 1),
      4: memory('done'),
    });
  });

  test('leaves the marks, and has them only where it has some', () => {
    const keys: LedgerKey[] = [];
    const local: Ledger = {
      ...memoryLedger(),
      mark: (of) => {
        keys.push(of);
        return marks;
      },
    };
    expect(open({ client, local }).mark?.(key)).toBe(marks);
    expect(keys).toEqual([key]);
    expect(open({ client, local: memoryLedger() }).mark).toBeUndefined();
    expect(open().mark).toBeUndefined();
  });

  test('that cannot be read costs the marks, or is told of at the end, and not what the table knows', async () => {
    await learn(open(), { 1: memory('open', 1) });
    const broken: Ledger = {
      recall: () => {
        throw new Error('the disk is gone');
      },
      remember: () => {},
    };
    const ledger = open({ client, local: { ...broken, mark: () => marks } });
    expect(Object.fromEntries(await ledger.recall(key, ['1']))).toEqual({ 1: memory('open', 1) });
    expect(() => ledger.mark!(key)).toThrow('the disk is gone');
    await ledger.remember(key, new Map());
    const markless = open({ client, local: broken });
    expect(Object.fromEntries(await markless.recall(key, ['1']))).toEqual({ 1: memory('open', 1) });
    await expect(markless.remember(key, new Map())).rejects.toThrow('the disk is gone');
  });

  test('that cannot be written rejects the call, and the table is told all the same', async () => {
    const local: Ledger = {
      recall: () => new Map(),
      remember: () => {
        throw new Error('the disk is full');
      },
    };
    await expect(learn(open({ client, local }), { 1: memory('open', 1) })).rejects.toThrow('the disk is full');
    expect(await known(open(), '1')).toEqual({ 1: memory('open', 1) });
  });
});

describe('options', () => {
  test.each<readonly [string, Record<string, unknown>]>([
    ['tableName', {}],
    ['tableName', { tableName: '' }],
    ['tableName', { tableName: 'a table' }],
    ['client', { tableName: 'abc', client: {} }],
    ['region', { tableName: 'abc', region: '' }],
    ['endpoint', { tableName: 'abc', endpoint: 'here' }],
    ['claims', { tableName: 'abc', claims: 'yes' }],
    ['local', { tableName: 'abc', local: {} }],
    ['local', { tableName: 'abc', local: { claims: true, recall() {}, remember() {} } }],
    ['expiresAfterSeconds', { tableName: 'abc', expiresAfterSeconds: 60 }],
    ['requestTimeoutMs', { tableName: 'abc', requestTimeoutMs: 0 }],
    ['region', { tableName: 'abc', client: { send() {} }, region: 'eu-west-1' }],
    ['table', { table: 'abc' }],
  ])('%s is checked at construction: %p', (name, options) => {
    expect(() => dynamodbLedger(options as never)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(name) }),
    );
  });
});

describe('the check', () => {
  const check = (options: Options & { tableName?: string } = {}) =>
    dynamodbLedger({ tableName, endpoint: server.url, ...options }).check?.({ permissions: true });

  test('changes nothing in the table, and calls nobody unless it is asked to', async () => {
    expect(await open().check?.({ permissions: false })).toEqual([]);
    expect(client.operations).toEqual([]);
    expect(await open().check?.({ permissions: true })).toEqual([]);
    expect(client.operations).toEqual(['GetItem', 'UpdateItem', 'DeleteItem']);
    const all = await server.client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'pk = :check',
        ExpressionAttributeValues: { ':check': { S: 'undam-check' } },
      }),
    );
    expect(all.Items).toEqual([]);
  });

  test('a DynamoDB, which calls by itself, needs no other class', async () => {
    const caller = new DynamoDB({ endpoint: server.url, region: 'us-east-1' });
    expect(await check({ client: caller, endpoint: undefined } as never)).toEqual([]);
    const ledger = open({ client: caller });
    await learn(ledger, { 1: memory('open', 1) });
    expect(await known(ledger, '1')).toEqual({ 1: memory('open', 1) });
    caller.destroy();
  });

  test('names a table that is not there', async () => {
    expect(await check({ tableName: 'no-such-table' })).toEqual([
      { what: expect.stringContaining('ResourceNotFoundException'), remedy: expect.stringContaining('"pk"') },
    ]);
  });

  test('names the way to a table that cannot be reached', async () => {
    expect(await check({ endpoint: 'http://127.0.0.1:1', connectionTimeoutMs: 100 })).toEqual([
      {
        what: expect.stringContaining('could not be used'),
        remedy: expect.stringContaining('network access to DynamoDB'),
      },
    ]);
  });

  test('names a right that is missing, of each of the three', async () => {
    for (const denied of ['GetItem', 'UpdateItem', 'DeleteItem']) {
      const faulty = new FaultyClient(server.client);
      faulty.fault = ({ operation }) =>
        operation === denied ? { kind: 'refused', error: awsError('AccessDeniedException') } : undefined;
      expect(await open({ client: faulty }).check?.({ permissions: true })).toEqual([
        {
          what: expect.stringContaining('AccessDeniedException'),
          remedy: expect.stringContaining(`dynamodb:${denied}`),
        },
      ]);
    }
  });

  test('includes what the local ledger says', async () => {
    const problem = { what: 'full', remedy: 'empty it' };
    const local = { ...memoryLedger(), check: () => [problem] };
    expect(await open({ client, local }).check?.({ permissions: false })).toEqual([problem]);
  });
});
