import { badOption, checkOptions, integer, type OptionRule, objectWith, required, text } from '../../base/options.ts';
import type { Ledger } from '../ledger.ts';
import type { DynamodbCaller, DynamodbClient, DynamodbClientSettings } from './client.ts';

/** Options of {@link dynamodbLedger}. */
export interface DynamodbLedgerOptions {
  /** The table's name or ARN. Required. Its partition key is `pk`, a string, without a sort key; its TTL attribute is `ttl`. */
  readonly tableName: string;
  /**
   * A ready client, used as it is: keep its time-outs and retries inside the reserve. For a `DynamoDBClient` the ledger loads the
   * command classes of its package; for a client with `getItem()`, `updateItem()` and `deleteItem()`, such as a `DynamoDB`,
   * nothing. Excludes `endpoint`, `region` and the time-outs.
   *
   * @default a client with the options below
   */
  readonly client?: DynamodbClient | DynamodbCaller;
  /** The endpoint of DynamoDB, an http(s) URL. @default the SDK's */
  readonly endpoint?: string;
  /** The region of the table. @default the SDK's (`AWS_REGION`) */
  readonly region?: string;
  /** Milliseconds to establish a connection, 1 to 900,000. @default 300 */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds from the start of a call to its answer, 1 to 900,000. The client makes a call at most twice. @default 500 */
  readonly requestTimeoutMs?: number;
  /**
   * Makes each invocation leave a claim on its batch, so that a death is noticed even if the environment does not survive it.
   * Costs two writes per invocation, including successful ones.
   *
   * @default false
   */
  readonly claims?: boolean;
  /**
   * A second ledger, with marks that survive the process. Its exact knowledge overrules claims.
   *
   * @default fileLedger() under Lambda's runtime (`AWS_LAMBDA_RUNTIME_API`), else none
   */
  readonly local?: Ledger;
  /**
   * Seconds, 3,600 to 31,622,400, until a memory without a later write expires. Keep it above the mapping's
   * `MaximumRecordAgeInSeconds`.
   *
   * @default 604_800
   */
  readonly expiresAfterSeconds?: number;
}

/** The checked and complete settings of a ledger. */
export interface DynamodbSettings {
  readonly tableName: string;
  readonly claims: boolean;
  readonly expiresAfterSeconds: number;
  readonly maxItemBytes: number;
}

const OWNER = 'dynamodbLedger()';

/**
 * Below DynamoDB's limit of 409,600 bytes, which includes names, key and claims.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const maxItemBytes = 350_000;

const tableName: OptionRule = {
  expected: "a table's name or ARN",
  accepts: (value) => typeof value === 'string' && /^[\w.:/-]{3,1024}$/.test(value),
};
const endpoint: OptionRule = {
  expected: 'an http(s) URL',
  accepts: (value) => typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
};
const flag: OptionRule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };

const calls = [objectWith('send'), objectWith('getItem', 'updateItem', 'deleteItem')];
const client: OptionRule = {
  expected: 'an object with send(), or with getItem(), updateItem() and deleteItem()',
  accepts: (value) => calls.some((rule) => rule.accepts(value)),
};

/** @throws UndamError `bad-option` */
export function dynamodbSettings(options: DynamodbLedgerOptions): DynamodbSettings {
  checkOptions(OWNER, options, {
    tableName: required(tableName),
    client,
    endpoint,
    region: text,
    connectionTimeoutMs: integer(1, 900_000),
    requestTimeoutMs: integer(1, 900_000),
    claims: flag,
    local: objectWith('recall', 'remember'),
    expiresAfterSeconds: integer(3_600, 366 * 86_400),
  });
  const ours = ['endpoint', 'region', 'connectionTimeoutMs', 'requestTimeoutMs'] as const;
  const clash = ours.find((name) => options[name] !== undefined);
  if (options.client !== undefined && clash !== undefined) {
    throw badOption(OWNER, `${clash}: expected it without client, which has its own; got both`);
  }
  if (options.local?.claims === true) {
    throw badOption(OWNER, 'local: expected a ledger without claims, got one with claims');
  }
  return {
    tableName: options.tableName,
    claims: options.claims ?? false,
    expiresAfterSeconds: options.expiresAfterSeconds ?? 7 * 86_400,
    maxItemBytes,
  };
}

export function dynamodbClientSettings(options: DynamodbLedgerOptions): DynamodbClientSettings {
  const { endpoint, region } = options;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    connectionTimeoutMs: options.connectionTimeoutMs ?? 300,
    requestTimeoutMs: options.requestTimeoutMs ?? 500,
  };
}
