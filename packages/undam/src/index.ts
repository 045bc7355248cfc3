export { isUndamError, OutageError, PermanentError, UndamError, type UndamErrorCode } from './base/errors.ts';
export type { CheckScope, Problem } from './base/problem.ts';
export type { Decode } from './decode/decoder.ts';
export type { RecordAttempt } from './engine/run/records/record-attempt.ts';
export { type EachRecordOptions, eachRecord, type RecordHandler } from './handlers/each-record.ts';
export { type AllOrNothingHandler, type SplitOnErrorOptions, splitOnError } from './handlers/split-on-error.ts';
export { type BatchAnswer, type BatchHandler, type WholeBatchOptions, wholeBatch } from './handlers/whole-batch.ts';
export type { StreamHandler } from './handlers/wrapper.ts';
export type { FileAccess, FileState, OpenFile, Writer } from './ledgers/file/disk.ts';
export { type FileLedgerOptions, fileLedger } from './ledgers/file/file-ledger.ts';
export type { Ledger, LedgerKey, Marks, Memories, Memory, Verdict } from './ledgers/ledger.ts';
export { type MemoryLedgerOptions, memoryLedger } from './ledgers/memory.ts';
export {
  type CheckAnswer,
  type CheckEvent,
  type CheckProblem,
  type PartialBatchOptions,
  partialBatch,
  type QuarantineOptions,
  quarantine,
  type StreamGuardOptions,
  type StreamMiddleware,
  streamGuard,
  type TimeBudgetOptions,
  timeBudget,
} from './middlewares/index.ts';
export type { LogErrors } from './observe/error-text.ts';
export type {
  AttemptFailed,
  InvocationEnded,
  Observe,
  ObservedInvocation,
  RecordPosition,
  UndamEvent,
} from './observe/events.ts';
export { type LogToConsoleOptions, logToConsole } from './observe/log-to-console.ts';
export type { SendLimits, SendResult, Sink } from './sinks/sink.ts';
export type {
  AttributeValue,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  DynamoDBStreamRecord,
} from './streams/dynamodb-types.ts';
export type { KinesisStreamEvent, KinesisStreamRecord, KinesisStreamRecordPayload } from './streams/kinesis-types.ts';
export type { LambdaContext } from './streams/lambda-context.ts';
export type { BatchResponse, Outcome } from './streams/response.ts';
export type { StreamEvent, StreamRecord } from './streams/sources.ts';
