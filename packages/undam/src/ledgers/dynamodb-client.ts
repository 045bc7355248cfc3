import { UndamError } from '../errors.ts';
import type { Attributes } from './dynamodb-item.ts';
import type { DynamodbClientSettings } from './dynamodb-options.ts';
import type { Expressions } from './dynamodb-writes.ts';

/** The part of a DynamoDB client that the ledger uses; any `DynamoDBClient` of `@aws-sdk/client-dynamodb` fits. */
export interface DynamodbClient {
  send(command: never): Promise<unknown>;
}

/** The part of `@aws-sdk/client-dynamodb` that the ledger uses. */
export interface DynamodbSdk {
  readonly DynamoDBClient: new (config: DynamodbClientConfig) => DynamodbClient;
  readonly GetItemCommand: new (input: ItemKey & { ConsistentRead: true }) => object;
  readonly UpdateItemCommand: new (input: ItemKey & Expressions & Returns) => object;
  readonly DeleteItemCommand: new (input: ItemKey & Expressions & Returns) => object;
}

interface ItemKey {
  TableName: string;
  Key: { pk: { S: string } };
}

interface Returns {
  ReturnValues?: 'ALL_OLD';
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

interface DynamodbClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly endpoint?: string;
  readonly region?: string;
}

/** The calls of one table; each rejects with what the SDK threw. */
export interface Calls {
  get(pk: string): Promise<Attributes | undefined>;
  /** Answers the item as it was before. */
  update(pk: string, expressions: Expressions): Promise<Attributes | undefined>;
  delete(pk: string, expressions: Expressions): Promise<Attributes | undefined>;
}

/**
 * Loads the SDK and makes the client, once; a load that failed is tried again the next time.
 *
 * @throws UndamError `ledger-unusable` when the package cannot be loaded
 */
export function callsLoader(
  tableName: string,
  load: () => Promise<DynamodbSdk>,
  client: DynamodbClient | DynamodbClientSettings,
): () => Promise<Calls> {
  let loaded: Promise<Calls> | undefined;
  return () => {
    loaded ??= callsWith(tableName, load, client).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

async function callsWith(
  tableName: string,
  load: () => Promise<DynamodbSdk>,
  given: DynamodbClient | DynamodbClientSettings,
): Promise<Calls> {
  const sdk = await load().catch((cause: unknown) => {
    throw new UndamError(
      'ledger-unusable',
      "dynamodbLedger() could not load @aws-sdk/client-dynamodb; add it to the function's dependencies and to its bundle",
      { cause },
    );
  });
  const client = 'send' in given ? given : new sdk.DynamoDBClient(clientConfig(given));
  const send = async (command: object) =>
    (await client.send(command as never)) as { Item?: Attributes; Attributes?: Attributes };
  const at = (pk: string): ItemKey => ({ TableName: tableName, Key: { pk: { S: pk } } });
  const returns = { ReturnValues: 'ALL_OLD', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  return {
    get: async (pk) => (await send(new sdk.GetItemCommand({ ...at(pk), ConsistentRead: true }))).Item,
    update: async (pk, expressions) =>
      (await send(new sdk.UpdateItemCommand({ ...at(pk), ...expressions, ...returns }))).Attributes,
    delete: async (pk, expressions) =>
      (await send(new sdk.DeleteItemCommand({ ...at(pk), ...expressions, ...returns }))).Attributes,
  };
}

/**
 * `maxAttempts: 2`: whatever we call may be repeated, and a connection that did not survive the freeze between two
 * invocations costs one attempt; more would not fit into the second that the engine gives a ledger. Without
 * `throwOnRequestTimeout` the current SDK only logs when `requestTimeout` has passed. `socketTimeout` ends an answer that
 * starts and then stalls, which `requestTimeout` does not.
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
