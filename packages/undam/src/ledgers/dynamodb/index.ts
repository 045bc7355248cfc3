import { fileLedger } from '../file/file-ledger.ts';
import type { Ledger } from '../ledger.ts';
import type { DynamodbCaller, DynamodbClient } from './client.ts';
import { createDynamodbLedger } from './dynamodb-ledger.ts';

export type { ChangeItemInput, DynamodbCaller, DynamodbClient, GetItemInput } from './client.ts';

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
   * A ledger beside the table, whose marks outlive the process: what it knows exactly counts more than a claim.
   *
   * @default fileLedger() under Lambda's runtime (`AWS_LAMBDA_RUNTIME_API`), none elsewhere
   */
  readonly local?: Ledger;
  /**
   * Seconds after which what was not learned anew is forgotten. Keep it above the mapping's `MaximumRecordAgeInSeconds`.
   *
   * @default 604_800
   */
  readonly expiresAfterSeconds?: number;
}

/**
 * A ledger in a DynamoDB table: it survives the environment and is shared by all of them. One consistent read for each
 * invocation, and one write where anything is unresolved or was known; none for each record. What is kept of one shard is
 * one item of 350 KB at most: beyond it, finished records are forgotten, those farthest behind first, and run again.
 *
 * `@aws-sdk/client-dynamodb` starts to load when the ledger is made: every invocation needs it. If it cannot be loaded,
 * that is final for the process, and each call says why.
 *
 * @throws UndamError `bad-option`
 */
export function dynamodbLedger(options: DynamodbLedgerOptions): Ledger {
  const isInLambda = process.env.AWS_LAMBDA_RUNTIME_API !== undefined;
  return createDynamodbLedger(isInLambda ? { local: fileLedger(), ...options } : options, {
    load: () => import('@aws-sdk/client-dynamodb'),
    random: Math.random,
    now: Date.now,
    nonce: () => process.getBuiltinModule('node:crypto').randomBytes(9).toString('base64url'),
    sleep: (ms) => process.getBuiltinModule('node:timers/promises').setTimeout(ms),
  });
}
