/** Handlers under Undam with a record that ends its process at each start. The record's data says how. */
import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import {
  eachRecord,
  fileLedger,
  type KinesisStreamRecord,
  partialBatch,
  quarantine,
  splitOnError,
  wholeBatch,
} from 'undam';
import { sqsSink } from 'undam/sqs';
import { did } from './did.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/quarantine';

const ends: Readonly<Record<string, () => unknown>> = {
  exit: () => process.exit(1),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => new Promise(() => {}),
};

async function book({ kinesis }: KinesisStreamRecord): Promise<void> {
  const order = Buffer.from(kinesis.data, 'base64').toString();
  did(`${order} started`);
  await sleep(5);
  await ends[order]?.();
  did(`${order} booked`);
}

const guarded = (
  handler: ReturnType<typeof eachRecord<KinesisStreamRecord>>,
  options: Parameters<typeof partialBatch>[0],
) =>
  // Middy's own early time-out would spare the process.
  middy({ timeoutEarlyInMillis: 0 })
    .use(partialBatch(options))
    .use(quarantine({ sink: sqsSink({ queueUrl }), attempts: 3 }))
    .handler(handler);

const each = eachRecord<KinesisStreamRecord>(book);
const whole = wholeBatch(async ({ Records }) => {
  for (const record of Records) await book(record);
  return { batchItemFailures: [] };
});
const split = splitOnError(async ({ Records }) => {
  for (const record of Records) await book(record);
});

export const eachByDefault = guarded(each, {});
export const wholeByDefault = guarded(whole, {});
export const splitByDefault = guarded(split, {});
export const eachOnDisk = guarded(each, { ledger: fileLedger() });
export const wholeOnDisk = guarded(whole, { ledger: fileLedger() });
export const splitOnDisk = guarded(split, { ledger: fileLedger() });
