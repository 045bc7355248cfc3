import { badOption, checkOptions, integer, type OptionRule, objectWith, required, text } from '../../base/options.ts';
import type { Ledger } from '../ledger.ts';
import type { DynamodbCaller, DynamodbClient, DynamodbClientSettings } from './client.ts';

/** Options of {@link dynamodbLedger}. */
export interface DynamodbLedgerOptions {
  /** The table's name or ARN. It has a partition key `pk` of type string and no sort key; its TTL attribute is `ttl`. */
  readonly tableName: string;
  /**
   * A ready client, used as it is: its time-outs and retries are then yours to keep inside the reserve. Of a
   * `DynamoDBClient` the commands' classes are loaded from its own package; with anything that has `getItem()`,
   * `updateItem()` and `deleteItem()`, such as a `DynamoDB`, nothing is loaded. Default: a client of our own, with the
   * time-outs below. Not together with the options below it.
   */
  readonly client?: DynamodbClient | DynamodbCaller;
  /** Where DynamoDB answers. Default: the SDK's own. */
  readonly endpoint?: string;
  /** Default: the SDK's own (`AWS_REGION`). */
  readonly region?: string;
  /** Milliseconds to establish a connection. Default 300. */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds from the start of a call to its answer; a call is made twice at most. Default 500. */
  readonly requestTimeoutMs?: number;
  /**
   * Whether each invocation leaves a claim of its batch, so that its death is known where nothing else survives it. It
   * costs two writes for each invocation, also where all is well.
   *
   * @default false
   */
  readonly claims?: boolean;
  /**
   * A second ledger, whose marks outlive the process. Its exact knowledge overrules a claim.
   *
   * @default fileLedger() under Lambda's runtime (`AWS_LAMBDA_RUNTIME_API`), none elsewhere
   */
  readonly local?: Ledger;
  /**
   * Seconds until a memory expires that no invocation renews. Keep it above the mapping's `MaximumRecordAgeInSeconds`.
   *
   * @default 604_800
   */
  readonly expiresAfterSeconds?: number;
}

/** The settings of a ledger, checked and complete. */
export interface DynamodbSettings {
  readonly tableName: string;
  readonly claims: boolean;
  readonly expiresAfterSeconds: number;
  readonly mostItemBytes: number;
}

const OWNER = 'dynamodbLedger()';

/** An item has 409,600 bytes at most, names, key and claims included. */
const mostItemBytes = 350_000;

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
    throw badOption(OWNER, `${clash}: expected nothing beside client, which has its own; got both`);
  }
  if (options.local?.claims === true) {
    throw badOption(OWNER, 'local: expected a ledger without claims, got one with');
  }
  return {
    tableName: options.tableName,
    claims: options.claims ?? false,
    expiresAfterSeconds: options.expiresAfterSeconds ?? 7 * 86_400,
    mostItemBytes,
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
