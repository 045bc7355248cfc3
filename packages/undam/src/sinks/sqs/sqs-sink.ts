import type { Sink } from '../sink.ts';
import type { SqsSinkOptions } from './options.ts';
import { createSqsSink } from './sink-on-queue.ts';

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
