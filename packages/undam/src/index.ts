export type { RecordAttempt } from './attempt.ts';
export type { CheckAnswer, CheckEvent, CheckProblem } from './check-event.ts';
export type { AttributeValue, DynamoDBRecord, DynamoDBStreamEvent, DynamoDBStreamRecord } from './dynamodb.ts';
export {
  type Decode,
  type EachRecordOptions,
  eachRecord,
  type RecordHandler,
  type StreamHandler,
} from './each-record.ts';
export type { LogErrors } from './error-text.ts';
export { isUndamError, OutageError, PermanentError, UndamError, type UndamErrorCode } from './errors.ts';
export type { KinesisStreamEvent, KinesisStreamRecord, KinesisStreamRecordPayload } from './kinesis.ts';
export type { LambdaContext } from './lambda-context.ts';
export type { Ledger, LedgerKey, Marks, Memories, Memory, Verdict } from './ledger.ts';
export { type FileLedgerOptions, fileLedger } from './ledgers/file.ts';
export type { FileAccess, FileState, OpenFile, Writer } from './ledgers/file-access.ts';
export { type MemoryLedgerOptions, memoryLedger } from './ledgers/memory.ts';
export { type LogToConsoleOptions, logToConsole } from './log-to-console.ts';
export type {
  PartialBatchOptions,
  QuarantineOptions,
  StreamGuardOptions,
  StreamMiddleware,
  TimeBudgetOptions,
} from './middleware-options.ts';
export { partialBatch, quarantine, streamGuard, timeBudget } from './middlewares.ts';
export type {
  AttemptFailed,
  InvocationEnded,
  Observe,
  ObservedInvocation,
  RecordPosition,
  UndamEvent,
} from './observe.ts';
export type { BatchResponse, Outcome } from './outcome.ts';
export type { CheckScope, Problem } from './problem.ts';
export type { SendLimits, SendResult, Sink } from './sink.ts';
export type { StreamEvent, StreamRecord } from './source.ts';
export { type AllOrNothingHandler, type SplitOnErrorOptions, splitOnError } from './split-on-error.ts';
export { type BatchAnswer, type BatchHandler, type WholeBatchOptions, wholeBatch } from './whole-batch.ts';
