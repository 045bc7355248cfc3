/**
 * The function of the crash matrix, bundled and run under the official runtime client. It reports every start and every end at
 * once in a file that it only appends to, so that Undam is judged from outside.
 */
import { existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import {
  eachRecord,
  type KinesisStreamRecord,
  type Ledger,
  memoryLedger,
  partialBatch,
  quarantine,
  type Sink,
  splitOnError,
  timeBudget,
  wholeBatch,
} from 'undam';
import { dynamodbLedger } from 'undam/dynamodb';
import { attempts } from './cell.ts';
import { type DeathName, deathOf } from './deaths.ts';
import type { FunctionVariables } from './function-variables.ts';
import type { Testimony } from './witness.ts';

const variables = process.env as unknown as FunctionVariables;
const file = openSync(variables.CRASH_WITNESS, 'a');
const say = (testimony: Testimony): void => void writeSync(file, `${JSON.stringify(testimony)}\n`);

/** Rejects the promise that the previous batch left behind. */
let strikeOfTheBatchBefore: (() => void) | undefined;

const forEver = (): Promise<never> => sleep(2 ** 30) as Promise<never>;

/** The ways in which the process ends. One that returns has spared it. */
const die: Readonly<Record<DeathName, (record: string) => void | Promise<void>>> = {
  'out-of-memory': () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(100_000).fill(kept.length));
  },
  'endless-loop': () => {
    for (;;);
  },
  exit: () => process.exit(0),
  abort: () => process.abort(),
  'uncaught-exception': () => {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    });
    return forEver();
  },
  'unhandled-rejection': () => {
    void Promise.reject(new Error('nobody waits for this'));
    return forEver();
  },
  killed: waitForKill,
  'killed-once': waitForOneKill,
  'stray-rejection': async () => {
    if (strikeOfTheBatchBefore === undefined) return;
    strikeOfTheBatchBefore();
    await forEver();
  },
  'forgotten-await': () => void Promise.reject(new Error('nobody has awaited this')),
  'abort-behind-answer': () => void setImmediate(() => process.abort()),
  'broken-set-immediate': () => {
    globalThis.setImmediate = (() => {
      throw new Error('setImmediate is not what it was');
    }) as unknown as typeof setImmediate;
  },
};

/** No turn of the loop: the answer is fixed in the turn in which the record was struck. */
const isBehindAnswer = deathOf(variables.CRASH_DEATH).strikes === 'behind-answer';

function waitForKill(record: string): Promise<never> {
  say({ at: 'waiting-for-kill', record, pid: process.pid });
  return forEver();
}

async function waitForOneKill(record: string): Promise<void> {
  if (!existsSync(join(variables.CRASH_STRUCK, record))) await waitForKill(record);
}

const concurrency = Number(variables.CRASH_CONCURRENCY);

async function handle({ kinesis: { sequenceNumber, data } }: KinesisStreamRecord): Promise<void> {
  say({ at: 'started', record: sequenceNumber });
  const payload = Buffer.from(data, 'base64').toString();
  // The struck record has neighbours in flight, some of which outlive it. The more records run at once, the longer each takes, so
  // that few of those not marked yet were done lately.
  if (payload === 'struck') {
    if (!isBehindAnswer) await sleep(2 * concurrency);
    await die[variables.CRASH_DEATH](sequenceNumber);
  } else if (payload === 'leaves-a-promise') {
    // After a death each start is marked: the record that the promise strikes is then a suspect.
    await waitForOneKill(sequenceNumber);
    void new Promise((_, reject) => {
      strikeOfTheBatchBefore = () => reject(new Error('left by the batch before'));
    });
  } else if (isBehindAnswer) {
    await undefined;
  } else {
    await sleep((Number(sequenceNumber.slice(-2)) % 3 === 0 ? 3 : 1) * concurrency);
  }
  say({ at: 'ended', record: sequenceNumber });
}

async function handleAll({ Records }: { readonly Records: readonly KinesisStreamRecord[] }): Promise<void> {
  for (const record of Records) await handle(record);
}

const handlers = {
  eachRecord: () => eachRecord(handle, { concurrency }),
  wholeBatch: () => wholeBatch((event) => handleAll(event).then(() => ({ batchItemFailures: [] }))),
  splitOnError: () => splitOnError(handleAll),
};

const sink: Sink = {
  send: async (envelopes) =>
    envelopes.map(({ origin, reason }) => {
      say({ at: 'quarantined', record: origin.sequenceNumber, reason });
      return { accepted: true };
    }),
};

/** `undefined` selects Undam's default, the file ledger. */
function ledger(): Ledger | undefined {
  if (variables.CRASH_LEDGER === 'default') return undefined;
  if (variables.CRASH_LEDGER === 'memory') return memoryLedger();
  return dynamodbLedger({ tableName: variables.CRASH_TABLE, endpoint: variables.CRASH_ENDPOINT, claims: true });
}

const chosen = ledger();

export const handler = middy({ timeoutEarlyInMillis: 0 })
  .use(
    partialBatch({
      ...(chosen && { ledger: chosen }),
      observe: (event) => {
        if (event.type === 'ledger-failed')
          say({ at: 'ledger-failed', problem: `${event.operation}: ${String(event.error)}` });
        if (event.type === 'died-after-answer') say({ at: 'answer-lost', records: event.records });
      },
    }),
  )
  .use(quarantine({ sink, attempts }))
  .use(timeBudget({ reserveMs: 300 }))
  .handler(handlers[variables.CRASH_HANDLER]());
