import type { Sink } from '../../src/sinks/sink.ts';
import type { SqsEntry } from '../../src/sinks/sqs/client.ts';
import type { SqsAmbient } from '../../src/sinks/sqs/delivery.ts';
import { createSqsSink } from '../../src/sinks/sqs/sink-on-queue.ts';

/** Answers a call. Without an answer the queue takes all entries. */
export type Queue = (entries: readonly SqsEntry[], call: number, signal: AbortSignal) => unknown;

export const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';

export interface Seen {
  /** The entry ids of each call. */
  readonly calls: string[][];
  /** Milliseconds of each wait. */
  readonly sleeps: number[];
  /** What each client was made with. */
  readonly configs: unknown[];
  loads: number;
}

/** A sink over a fake SDK, with time and chance in the test's hands. */
export function sinkOver(
  queue: Queue,
  { url = queueUrl, random = 0.5, loadFailures = 0, load = 'lazy' as 'lazy' | 'init' } = {},
): { readonly sink: Sink; readonly seen: Seen } {
  const seen: Seen = { calls: [], sleeps: [], configs: [], loads: 0 };
  class SQSClient {
    constructor(config: unknown) {
      seen.configs.push(config);
    }
    async send(command: { Entries: SqsEntry[] }, options?: { abortSignal?: AbortSignal }): Promise<unknown> {
      seen.calls.push(command.Entries.map(({ Id }) => Id));
      const answer = await queue(command.Entries, seen.calls.length, options?.abortSignal as AbortSignal);
      return answer ?? { Successful: command.Entries.map(({ Id }) => ({ Id })) };
    }
  }
  class SendMessageBatchCommand {
    readonly Entries: SqsEntry[];
    constructor(input: { Entries: SqsEntry[] }) {
      this.Entries = input.Entries;
    }
  }
  const ambient: SqsAmbient = {
    load: async () => {
      if (++seen.loads <= loadFailures) throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      return { SQSClient, SendMessageBatchCommand };
    },
    random: () => random,
    sleep: async (ms) => {
      seen.sleeps.push(ms);
    },
  };
  return { sink: createSqsSink({ queueUrl: url, load }, ambient), seen };
}

/** An error as the SDK throws it for an answer of AWS. */
export function awsError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}

/** An entry of an answer's `Failed` list. */
export function failing(Id: string, SenderFault: boolean, Code = 'InternalError'): object {
  return { Id, SenderFault, Code };
}
