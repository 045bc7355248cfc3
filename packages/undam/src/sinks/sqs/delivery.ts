import { fullJitter } from '../../base/backoff.ts';
import { Promise, Set } from '../../base/intrinsics.ts';
import type { Loaded } from '../../base/load-once.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SendLimits, SendResult } from '../sink.ts';
import { type EntryResults, readFailedCall, readResults } from './answer.ts';
import type { SendBatch, SqsSdk } from './client.ts';
import { sqsError } from './errors.ts';
import { composeMessage, type Draft, draft, type SqsMessage, smallestMessage } from './message.ts';
import type { SqsSettings } from './options.ts';
import { groupWaves, packBatches } from './pack-calls.ts';

/** The sink's environment, injected so that tests control it. */
export interface SqsAmbient {
  load(): Promise<Loaded<SqsSdk>>;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Rejects early when `signal` aborts; leaves no timer or listener. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const maxParallelCalls = 4;
/** In a row, for one message. After eight seconds of back-off the next delivery serves it better than another attempt. */
const maxTries = 20;
const backoff = { baseMs: 50, capMs: 1_000 };

/** The state of one call to `send`. */
export interface Delivery {
  readonly settings: SqsSettings;
  readonly ambient: SqsAmbient;
  readonly limits: SendLimits;
  /** By position. A message without a result when the time ends is refused. */
  readonly results: (SendResult | undefined)[];
  readonly lastErrors: (Error | undefined)[];
}

/**
 * Sends the envelopes and fills `results`. A group's next message waits for the acknowledgement of the one before it, and never
 * shares its call: SQS may accept the second entry of a batch and fail the first.
 */
export async function deliver(
  envelopes: readonly Envelope[],
  sendBatch: SendBatch,
  { settings, ambient, limits, results, lastErrors }: Delivery,
): Promise<void> {
  const { signal } = limits;
  const { maxMessageBytes } = settings;
  const hasEnded = (): boolean => signal.aborted || limits.remainingMs() <= 0;
  const blocked = new Set<string>();

  for (const wave of groupWaves(envelopes.map((envelope, position) => draft(envelope, position, settings.fifo)))) {
    const free = wave.filter(({ group }) => !blocked.has(group));
    for (const { position, group } of wave) if (blocked.has(group)) refuse(position, behindAnother());
    const messages = await fitting(free, composeMessage);
    await inParallel(packBatches(messages), async (batch) => {
      if (!hasEnded()) await deliverBatch(batch);
    });
    for (const { group, position } of free) if (!results[position]?.accepted) blocked.add(group);
  }

  /** Sends one batch until all its messages are stored or refused, or the time ends. */
  async function deliverBatch(batch: readonly SqsMessage[], tries = 0): Promise<void> {
    const { again, smaller, halves } = sort(batch, await call(batch));
    const middle = Math.ceil(halves.length / 2);
    const shrunk = await fitting(smaller, smallestMessage);
    for (const next of [halves.slice(0, middle), halves.slice(middle), ...packBatches(shrunk)]) {
      if (next.length > 0 && !hasEnded()) await deliverBatch(next, tries);
    }
    if (again.length === 0) return;
    if (tries + 1 >= maxTries) giveUp(again);
    else if (await backOff(tries + 1)) await deliverBatch(again, tries + 1);
  }

  async function call(batch: readonly SqsMessage[]): Promise<EntryResults> {
    const entries = batch.map(({ entry }) => entry);
    const ids = entries.map(({ Id }) => Id);
    try {
      return readResults(ids, await sendBatch(entries, signal));
    } catch (error) {
      return readFailedCall(ids, error);
    }
  }

  /** Records the settled results and returns the messages to send again: unchanged, smaller or in halves. */
  function sort(batch: readonly SqsMessage[], entryResults: EntryResults): Open {
    const open: Open = { again: [], smaller: [], halves: [] };
    for (const message of batch) {
      const { position, form, entry } = message;
      const result = entryResults.get(entry.Id);
      if (result === undefined) continue;
      if (result.next === 'accepted') {
        results[position] = { accepted: true };
        continue;
      }
      if (!signal.aborted) lastErrors[position] = result.error;
      const next = result.next === 'smaller' && form === 'smallest' ? 'refused' : result.next;
      if (next === 'refused') refuse(position, result.error);
      else open[next].push(message);
    }
    return open;
  }

  /** The messages that fit into the queue; refuses the others. */
  async function fitting<T extends Draft>(
    drafts: readonly T[],
    compose: (draft: T, settings: SqsSettings) => Promise<SqsMessage>,
  ): Promise<SqsMessage[]> {
    const messages: SqsMessage[] = [];
    for (const draft of drafts) {
      const message = await compose(draft, settings);
      if (message.bytes <= maxMessageBytes) messages.push(message);
      else refuse(draft.position, tooLarge(message.bytes, maxMessageBytes), 'too-large');
    }
    return messages;
  }

  /** Refuses the messages with the last answer of SQS, if one came before the abort. */
  function giveUp(messages: readonly SqsMessage[]): void {
    for (const { position } of messages) {
      const error = lastErrors[position];
      if (error !== undefined) refuse(position, error);
    }
  }

  function refuse(position: number, error: Error, reason?: 'too-large'): void {
    results[position] = { accepted: false, error, ...(reason && { reason }) };
  }

  /** Waits with full jitter; false if the time ends before the next attempt. */
  async function backOff(failures: number): Promise<boolean> {
    const ms = fullJitter(backoff, failures, ambient.random);
    if (signal.aborted || ms >= limits.remainingMs()) return false;
    await ambient.sleep(ms, signal).catch(() => {});
    return !hasEnded();
  }
}

type Open = Record<'again' | 'smaller' | 'halves', SqsMessage[]>;

function behindAnother(): Error {
  return sqsError('an earlier message of the same group was not stored, so this one was not sent');
}

function tooLarge(bytes: number, limit: number): Error {
  return sqsError(
    `the message has ${bytes} bytes, compressed and without stack, and the queue accepts ${limit}; raise the queue's ` +
      'MaximumMessageSize and maxMessageBytes where they are below 1,048,576, else use a sink for larger payloads',
  );
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: maxParallelCalls }, worker));
}
