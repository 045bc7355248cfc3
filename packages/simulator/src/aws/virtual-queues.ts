import type { SimulatedClock } from '../virtual/clock.ts';
import { Fence } from '../virtual/fence.ts';
import { refusalOf } from '../virtual/run-in-progress.ts';
import { refusedEntry, refusedRequest, type SendEntry } from './sqs-limits.ts';

/** A message that a queue has accepted. */
export interface QueuedMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

/** A fault of one call. */
export type QueueFault =
  /** Nothing is stored; the call rejects. */
  | { readonly kind: 'throttled' }
  /** Nothing is stored, and no answer comes before the client's own time-out. */
  | { readonly kind: 'times-out'; readonly afterMs: number }
  /** Everything is stored; the call rejects. */
  | { readonly kind: 'answer-lost' }
  /** The entries at these places are not stored and come back as `Failed`. */
  | { readonly kind: 'partial'; readonly failed: (index: number) => boolean }
  | { readonly kind: 'slow'; readonly ms: number };

export interface VirtualQueuesOptions {
  readonly clock: SimulatedClock;
  /** Duration of a call in milliseconds. @default 5 */
  readonly latencyMs?: number;
  /** Chooses the fault of a call; called once for each. @default none: no faults */
  readonly fault?: () => QueueFault | undefined;
  /** Called once the messages of a call are stored, before the caller's promise settles. @default none */
  readonly stored?: (queueUrl: string, messages: readonly QueuedMessage[]) => void;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: { readonly QueueUrl?: string; readonly Entries?: readonly SendEntry[] } & Partial<SendEntry>;
}

type Send = (command: Command, options?: { readonly abortSignal?: AbortSignal }) => Promise<object>;

/** SQS without a socket: a model behind the real client's `send`, with AWS's limits. */
export class VirtualQueues {
  readonly #options: VirtualQueuesOptions;
  readonly #queues = new Map<string, QueuedMessage[]>();
  #messages = 0;

  constructor(options: VirtualQueuesOptions) {
    this.#options = options;
  }

  /** The messages that each queue accepted, by queue URL, in order. */
  get queues(): ReadonlyMap<string, readonly QueuedMessage[]> {
    return this.#queues;
  }

  /** Answers one command of a client. */
  readonly send: Send = async (command, options) => {
    const { latencyMs = 5, fault } = this.#options;
    const { input } = command;
    const name = command.constructor.name;
    if (name !== 'SendMessageBatchCommand' && name !== 'SendMessageCommand') throw refusalOf(`SQS ${name}`);
    const failing = fault?.();
    await this.#wait(failing?.kind === 'slow' ? failing.ms : latencyMs, options?.abortSignal);
    if (failing?.kind === 'throttled') throw named('RequestThrottled', 'Rate exceeded');
    if (failing?.kind === 'times-out') {
      await this.#wait(failing.afterMs, options?.abortSignal);
      throw named('TimeoutError', 'the request timed out');
    }
    const entries = name === 'SendMessageCommand' ? [{ Id: '1', ...input }] : (input.Entries ?? []);
    const isFifo = input.QueueUrl?.endsWith('.fifo') ?? false;
    const refused = refusedRequest(entries);
    if (refused) throw named(refused.Code, refused.Message);
    const answer = this.#store(input.QueueUrl ?? '', entries, (entry, index) => {
      if (failing?.kind === 'partial' && failing.failed(index)) return { Code: 'InternalError', SenderFault: false };
      const why = refusedEntry(entry, isFifo);
      return why && { ...why, SenderFault: true };
    });
    if (failing?.kind === 'answer-lost') throw named('TimeoutError', 'the answer was lost');
    if (name === 'SendMessageBatchCommand') return answer;
    const [failed] = answer.Failed;
    if (failed) throw named(failed.Code, 'refused');
    return answer.Successful[0]!;
  };

  #store(
    queueUrl: string,
    entries: readonly SendEntry[],
    refuse: (entry: SendEntry, index: number) => { readonly Code: string; readonly SenderFault: boolean } | undefined,
  ) {
    const Successful: { Id: string; MessageId: string }[] = [];
    const Failed: { Id: string; Code: string; SenderFault: boolean }[] = [];
    const messages: QueuedMessage[] = [];
    for (const [index, entry] of entries.entries()) {
      const why = refuse(entry, index);
      if (why) Failed.push({ Id: entry.Id, ...why });
      else {
        Successful.push({ Id: entry.Id, MessageId: String(++this.#messages) });
        messages.push(this.#message(entry));
      }
    }
    const queue = this.#queues.get(queueUrl) ?? [];
    queue.push(...messages);
    this.#queues.set(queueUrl, queue);
    this.#options.stored?.(queueUrl, messages);
    return { Successful, Failed };
  }

  #message(entry: SendEntry): QueuedMessage {
    return {
      body: entry.MessageBody ?? '',
      attributes: entry.MessageAttributes ?? {},
      groupId: entry.MessageGroupId,
      deduplicationId: entry.MessageDeduplicationId,
      sentAt: this.#options.clock.date(),
    };
  }

  /** Rejects when the signal is aborted; never settles once the environment has ended. */
  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      if (Fence.current()?.ended) return;
      const abort = (): void => {
        clock.clearTimeout(timer);
        reject(named('AbortError', 'Request aborted'));
      };
      const timer = clock.setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
