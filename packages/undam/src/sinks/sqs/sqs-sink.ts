import type { Sink } from '../sink.ts';
import type { SqsSinkOptions } from './options.ts';
import { createSqsSink } from './sink-on-queue.ts';

/**
 * A sink to an SQS queue, standard or FIFO. Accepts a record only when SQS names its entry as successful. Retries everything else
 * with full jitter within the reserve, at most 20 times, then refuses. Compresses a message that is too large, then shortens it;
 * sends a message with refused content once more, in its smallest form.
 *
 * Loads `@aws-sdk/client-sqs` at the first failed attempt of a handler. A failure to load is final for the process, and each
 * `send` gives the reason.
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
