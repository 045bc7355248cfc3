import { registerHooks } from 'node:module';
import { installVirtualTime } from '@undam/simulator/parts';
import { countTimers } from './live-timers.ts';

const bare = '?bare';

// The order matters: what is imported below takes clocks and timers at import.
installVirtualTime();
countTimers(globalThis);
const { OutageError, PermanentError, eachRecord, fileLedger, memoryLedger, splitOnError, streamGuard, wholeBatch } =
  await import('undam');
// A process knows that some of its handlers are wrapped: those that are not have an engine of their own.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const isBare = specifier.endsWith(bare) || (context.parentURL?.endsWith(bare) && specifier.startsWith('.'));
    return isBare
      ? { ...resolved, url: resolved.url.endsWith(bare) ? resolved.url : `${resolved.url}${bare}` }
      : resolved;
  },
});
const { streamGuard: bareStreamGuard } = (await import(
  `${import.meta.resolve('undam')}${bare}`
)) as typeof import('undam');
const { dynamodbLedger } = await import('undam/dynamodb');
const { json } = await import('undam/decode');
const { sqsSink } = await import('undam/sqs');
const { StreamProcessor } = await import('undam/powertools');
const { processPartialResponse } = await import('@aws-lambda-powertools/batch');
const { default: middy } = await import('@middy/core');
const { SQSClient } = await import('@aws-sdk/client-sqs');
// The ledger loads it on first use, which would take real time.
await import('@aws-sdk/client-dynamodb');

/** What is soaked, through its public entries only. */
export {
  bareStreamGuard,
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
