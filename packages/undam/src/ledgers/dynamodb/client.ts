import { UndamError } from '../../base/errors.ts';
import { type LoadError, type Loaded, loadNames, once } from '../../base/load-once.ts';
import type { Attributes } from './item.ts';
import type { Expressions } from './writes.ts';

/** The settings of the ledger's default client. */
export interface DynamodbClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** The part of a DynamoDB client that the ledger uses. Any `DynamoDBClient` of `@aws-sdk/client-dynamodb` fits. */
export interface DynamodbClient {
  send(command: never): Promise<unknown>;
}

/** A client that calls without loading `@aws-sdk/client-dynamodb`. Any `DynamoDB` of that package fits. */
export interface DynamodbCaller {
  getItem(input: GetItemInput): Promise<{ Item?: Attributes | undefined }>;
  updateItem(input: ChangeItemInput): Promise<{ Attributes?: Attributes | undefined }>;
  deleteItem(input: ChangeItemInput): Promise<{ Attributes?: Attributes | undefined }>;
}

interface ItemKey {
  TableName: string;
  Key: { pk: { S: string } };
}

/** The input of a GetItem call, in AWS's own names. */
export interface GetItemInput extends ItemKey {
  ConsistentRead: true;
}

/** The input of an UpdateItem or DeleteItem call, in AWS's own names. */
export interface ChangeItemInput extends ItemKey, Expressions {
  ReturnValues?: 'ALL_OLD';
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

/** The part of `@aws-sdk/client-dynamodb` that the ledger uses. */
export interface DynamodbSdk {
  readonly DynamoDBClient: new (config: DynamodbClientConfig) => DynamodbClient;
  readonly GetItemCommand: new (input: GetItemInput) => object;
  readonly UpdateItemCommand: new (input: ChangeItemInput) => object;
  readonly DeleteItemCommand: new (input: ChangeItemInput) => object;
}

interface DynamodbClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly endpoint?: string;
  readonly region?: string;
}

/** The calls on one table. Each rejects with the SDK's error. */
export interface Calls {
  get(pk: string): Promise<Attributes | undefined>;
  /** Resolves to the item before the update. */
  update(pk: string, expressions: Expressions): Promise<Attributes | undefined>;
  delete(pk: string, expressions: Expressions): Promise<Attributes | undefined>;
}

/**
 * Prepares the calls at their first use, once. Loads the SDK unless the given client can call by itself.
 *
 * @throws UndamError `ledger-unusable` from the returned function, with a LoadError as cause, if the package is unusable
 */
export function callsOnce(
  tableName: string,
  load: () => Promise<Loaded<DynamodbSdk>>,
  given: DynamodbClient | DynamodbCaller | DynamodbClientSettings,
): () => Promise<Calls> {
  return once(async () => callsOf(tableName, await callerOf(load, given)));
}

function callsOf(tableName: string, caller: DynamodbCaller): Calls {
  const at = (pk: string): ItemKey => ({ TableName: tableName, Key: { pk: { S: pk } } });
  const returns = { ReturnValues: 'ALL_OLD', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  return {
    get: async (pk) => (await caller.getItem({ ...at(pk), ConsistentRead: true })).Item,
    update: async (pk, expressions) => (await caller.updateItem({ ...at(pk), ...expressions, ...returns })).Attributes,
    delete: async (pk, expressions) => (await caller.deleteItem({ ...at(pk), ...expressions, ...returns })).Attributes,
  };
}

async function callerOf(
  load: () => Promise<Loaded<DynamodbSdk>>,
  given: DynamodbClient | DynamodbCaller | DynamodbClientSettings,
): Promise<DynamodbCaller> {
  if ('getItem' in given) return given;
  const commands = ['GetItemCommand', 'UpdateItemCommand', 'DeleteItemCommand'] as const;
  if ('send' in given) return callerWith(given, await sdkWith(load, ...commands));
  const sdk = await sdkWith(load, ...commands, 'DynamoDBClient');
  return callerWith(new sdk.DynamoDBClient(clientConfig(given)), sdk);
}

function sdkWith<N extends keyof DynamodbSdk>(
  load: () => Promise<Loaded<DynamodbSdk>>,
  ...names: N[]
): Promise<Pick<DynamodbSdk, N>> {
  return loadNames('@aws-sdk/client-dynamodb', names, load).catch((error: LoadError) => {
    throw new UndamError('ledger-unusable', `dynamodbLedger(): ${error.message}`, { cause: error });
  });
}

function callerWith(client: DynamodbClient, sdk: Omit<DynamodbSdk, 'DynamoDBClient'>): DynamodbCaller {
  const send = async (command: object) => (await client.send(command as never)) as object;
  return {
    getItem: (input) => send(new sdk.GetItemCommand(input)),
    updateItem: (input) => send(new sdk.UpdateItemCommand(input)),
    deleteItem: (input) => send(new sdk.DeleteItemCommand(input)),
  };
}

/**
 * `maxAttempts: 2`: every call may be repeated, and a connection that broke during the freeze between two invocations costs one
 * attempt. More attempts would not fit into the second that the engine allows a ledger. Without `throwOnRequestTimeout` the
 * current SDK only logs when `requestTimeout` passes. `socketTimeout` ends an answer that starts and then stalls, which
 * `requestTimeout` does not.
 */
function clientConfig(settings: DynamodbClientSettings): DynamodbClientConfig {
  const { connectionTimeoutMs, requestTimeoutMs, ...where } = settings;
  return {
    ...where,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
}
