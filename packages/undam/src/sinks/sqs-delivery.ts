import type { Envelope } from '../envelope.ts';
import { Promise, Set } from '../intrinsics.ts';
import type { SendLimits, SendResult } from '../sink.ts';
import { readAnswer, readFailure, type Verdicts } from './sqs-answer.ts';
import { groupWaves, packBatches } from './sqs-batches.ts';
import type { SendBatch } from './sqs-client.ts';
import { sqsError } from './sqs-errors.ts';
import { composeMessage, type Draft, draft, type SqsMessage, smallestMessage } from './sqs-message.ts';
import type { SqsSettings } from './sqs-options.ts';
import type { SqsAmbient } from './sqs-sink.ts';

const PARALLEL_CALLS = 4;
/** In a row, of one message: after eight seconds of back-off its next delivery does better than another try. */
const MOST_TRIES = 20;
const BACKOFF_BASE_MS = 50;
const BACKOFF_CAP_MS = 1_000;

/** One call to `send` on its way. */
export interface Delivery {
  readonly settings: SqsSettings;
  readonly ambient: SqsAmbient;
  readonly limits: SendLimits;
  /** By position; what has no result when the time ends is refused. */
  readonly results: (SendResult | undefined)[];
  readonly lastErrors: (Error | undefined)[];
}

/**
 * Sends the envelopes and fills `results`. A group's next message goes only after the one before it was acknowledged,
 * and never in the same call: SQS may take the second entry of a batch and fail the first.
 */
export async function deliver(envelopes: readonly Envelope[], sendBatch: SendBatch, delivery: Delivery): Promise<void> {
  const drafts = envelopes.map((envelope, position) => draft(envelope, position, delivery.settings.fifo));
  const blocked = new Set<string>();
  for (const wave of groupWaves(drafts)) {
    const free = wave.filter(({ group }) => !blocked.has(group));
    for (const { position } of wave.filter(({ group }) => blocked.has(group))) {
      refuse(
        delivery,
        position,
        sqsError('an earlier message of the same group was not stored, so this one was not sent'),
      );
    }
    const messages = await fitting(free, delivery, composeMessage);
    await inParallel(packBatches(messages), async (batch) => {
      if (!hasEnded(delivery)) await deliverBatch(batch, sendBatch, delivery);
    });
    for (const { group, position } of free) if (!delivery.results[position]?.accepted) blocked.add(group);
  }
}

/** Sends one batch until every message of it is stored or refused, or the time has ended. */
async function deliverBatch(
  batch: readonly SqsMessage[],
  sendBatch: SendBatch,
  delivery: Delivery,
  tries = 0,
): Promise<void> {
  const { again, smaller, halves } = sort(batch, await call(batch, sendBatch, delivery), delivery);
  const middle = Math.ceil(halves.length / 2);
  const shrunk = await fitting(smaller, delivery, smallestMessage);
  for (const next of [halves.slice(0, middle), halves.slice(middle), ...packBatches(shrunk)]) {
    if (next.length > 0 && !hasEnded(delivery)) await deliverBatch(next, sendBatch, delivery, tries);
  }
  if (again.length === 0) return;
  if (tries + 1 >= MOST_TRIES) return giveUp(again, delivery);
  if (await backOff(tries, delivery)) await deliverBatch(again, sendBatch, delivery, tries + 1);
}

async function call(batch: readonly SqsMessage[], sendBatch: SendBatch, { limits }: Delivery): Promise<Verdicts> {
  const entries = batch.map(({ entry }) => entry);
  const ids = entries.map(({ Id }) => Id);
  try {
    return readAnswer(ids, await sendBatch(entries, limits.signal));
  } catch (error) {
    return readFailure(ids, error);
  }
}

/** Writes down what is settled and answers what has to go again, as it is, smaller or in halves. */
function sort(
  batch: readonly SqsMessage[],
  verdicts: Verdicts,
  delivery: Delivery,
): Record<'again' | 'smaller' | 'halves', SqsMessage[]> {
  const open: Record<'again' | 'smaller' | 'halves', SqsMessage[]> = { again: [], smaller: [], halves: [] };
  for (const message of batch) {
    const verdict = verdicts.get(message.entry.Id);
    if (verdict === undefined) continue;
    if (verdict.next === 'accepted') {
      delivery.results[message.position] = { accepted: true };
      continue;
    }
    if (!delivery.limits.signal.aborted) delivery.lastErrors[message.position] = verdict.error;
    const next = verdict.next === 'smaller' && message.form === 'smallest' ? 'refused' : verdict.next;
    if (next === 'refused') refuse(delivery, message.position, verdict.error);
    else open[next].push(message);
  }
  return open;
}

/** The messages that the queue can take; the others are refused. */
async function fitting<T extends Draft>(
  drafts: readonly T[],
  delivery: Delivery,
  compose: (draft: T, settings: SqsSettings) => Promise<SqsMessage>,
): Promise<SqsMessage[]> {
  const limit = delivery.settings.maxMessageBytes;
  const messages: SqsMessage[] = [];
  for (const draft of drafts) {
    const message = await compose(draft, delivery.settings);
    if (message.bytes <= limit) messages.push(message);
    else refuse(delivery, draft.position, tooLarge(message.bytes, limit));
  }
  return messages;
}

/** With the last answer, unless that was our own abort. */
function giveUp(messages: readonly SqsMessage[], delivery: Delivery): void {
  for (const { position } of messages) {
    const error = delivery.lastErrors[position];
    if (error !== undefined) refuse(delivery, position, error);
  }
}

function tooLarge(bytes: number, limit: number): Error {
  return sqsError(
    `the message has ${bytes} bytes, compressed and without stack, and the queue takes ${limit}; raise the queue's ` +
      'MaximumMessageSize and maxMessageBytes where they are below 1,048,576, else use a sink for larger payloads',
  );
}

function refuse(delivery: Delivery, position: number, error: Error): void {
  delivery.results[position] = { accepted: false, error };
}

/** Full jitter; false when the time ends before the next try could start. */
async function backOff(tries: number, { ambient, limits }: Delivery): Promise<boolean> {
  const ms = ambient.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** tries);
  if (limits.signal.aborted || ms >= limits.remainingMs()) return false;
  await ambient.sleep(ms, limits.signal).catch(() => {});
  return !hasEnded({ limits });
}

function hasEnded({ limits }: Pick<Delivery, 'limits'>): boolean {
  return limits.signal.aborted || limits.remainingMs() <= 0;
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_CALLS }, worker));
}
