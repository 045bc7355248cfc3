import { installVirtualTime } from '@undam/simulator/parts';
import { countTimers } from './live-timers.ts';

// The order matters: the modules below take clocks and timers at import.
installVirtualTime();
countTimers(globalThis);
const { OutageError, PermanentError, eachRecord, fileLedger, memoryLedger, splitOnError, streamGuard, wholeBatch } =
  await import('undam');
const { dynamodbLedger } = await import('undam/dynamodb');
const { json } = await import('undam/decode');
const { sqsSink } = await import('undam/sqs');
const { StreamProcessor } = await import('undam/powertools');
const { processPartialResponse } = await import('@aws-lambda-powertools/batch');
const { default: middy } = await import('@middy/core');
const { SQSClient } = await import('@aws-sdk/client-sqs');
// The ledger loads it on first use, which would take real time.
await import('@aws-sdk/client-dynamodb');

/** The code under test, through its public entries only. */
export {
  dynamodbLedger,
  eachRecord,
  fileLedger,
  json,
  memoryLedger,
  middy,
  OutageError,
  PermanentError,
  processPartialResponse,
  SQSClient,
  StreamProcessor,
  splitOnError,
  sqsSink,
  streamGuard,
  wholeBatch,
};
