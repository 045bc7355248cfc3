import type { Sink } from '../sink.ts';
import type { SqsClient, SqsSender } from './client.ts';
import { createSqsSink } from './sqs-sink.ts';

export type { SendMessageBatchInput, SqsClient, SqsSender } from './client.ts';

/** Options of {@link sqsSink}. */
export interface SqsSinkOptions {
  /** The quarantine queue's URL. A queue whose name ends in `.fifo` is served as a FIFO queue. */
  readonly queueUrl: string;
  /**
   * When `@aws-sdk/client-sqs` is loaded: at the first failed attempt of a handler (`lazy`), or when the sink is made
   * (`init`), which pays where init is not waited for: with provisioned concurrency.
   *
   * @default 'lazy'
   */
  readonly load?: 'lazy' | 'init';
  /**
   * A ready client, used as it is: its time-outs and retries are then yours to keep inside the reserve. Of an `SQSClient`
   * the command's class is loaded from its own package; with anything that has `sendMessageBatch()`, such as an `SQS`,
   * nothing is loaded. Default: a client of our own, with the time-outs below and without retries of its own. Not together
   * with the options below it.
   */
  readonly client?: SqsClient | SqsSender;
  /** Where SQS answers. Default: AWS, or the host of `queueUrl` where that is not one of AWS's. */
  readonly endpoint?: string;
  /** Default: the region in `queueUrl`, else the SDK's own (`AWS_REGION`). */
  readonly region?: string;
  /** Milliseconds to establish a connection. Default 500. */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds from the start of a call to its answer. Default 1,000. */
  readonly requestTimeoutMs?: number;
  /** The queue's own `MaximumMessageSize` in bytes. Default 1,048,576, which is SQS's limit. */
  readonly maxMessageBytes?: number;
}

/**
 * Quarantines to SQS, on a standard or a FIFO queue. A record counts as accepted only when SQS named its entry as
 * successful; everything else is tried again with full jitter while the reserve lasts, 20 times at most, then refused. A
 * message that is too large is compressed, then shortened; one that SQS refuses for its content goes once more in its smallest form.
 *
 * `@aws-sdk/client-sqs` is loaded at the first failed attempt of a handler, not before. If it cannot be, that is final for
 * the process, and each `send` says why.
 *
 * @throws UndamError `bad-option`
 */
export function sqsSink(options: SqsSinkOptions): Sink {
  return createSqsSink(options, {
    load: () => import('@aws-sdk/client-sqs'),
    random: Math.random,
    sleep: (ms, signal) => process.getBuiltinModule('node:timers/promises').setTimeout(ms, undefined, { signal }),
  });
}
