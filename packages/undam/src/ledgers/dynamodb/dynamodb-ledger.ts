import { fileLedger } from '../file/file-ledger.ts';
import type { Ledger } from '../ledger.ts';
import { createDynamodbLedger } from './ledger-on-table.ts';
import type { DynamodbLedgerOptions } from './options.ts';

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
