export type { ChangeItemInput, DynamodbCaller, DynamodbClient, GetItemInput } from './client.ts';
export { dynamodbLedger } from './dynamodb-ledger.ts';
export type { DynamodbLedgerOptions } from './options.ts';
