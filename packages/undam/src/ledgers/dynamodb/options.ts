import { badOption, checkOptions, integer, type OptionRule, objectWith, required, text } from '../../base/options.ts';
import type { DynamodbLedgerOptions } from './index.ts';

/** The settings of the client that a ledger makes for itself. */
export interface DynamodbClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
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
