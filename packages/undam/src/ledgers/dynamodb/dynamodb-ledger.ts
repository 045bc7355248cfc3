import { fileLedger } from '../file/file-ledger.ts';
import type { Ledger } from '../ledger.ts';
import { createDynamodbLedger } from './ledger-on-table.ts';
import type { DynamodbLedgerOptions } from './options.ts';

/**
 * A ledger in a DynamoDB table, shared by all environments. Each invocation makes one consistent read, and one write if a record
 * is unresolved or the table had a memory of the batch; there are no calls per record. Each shard has one item of at most 350 KB;
 * beyond it the ledger forgets finished records, those farthest behind first, and they run again.
 *
 * Starts to load `@aws-sdk/client-dynamodb` at construction, because every invocation needs it. A failure to load is final for
 * the process, and each call gives the reason.
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
