import type { Invocation } from '../engine/invocation/invocation.ts';

/**
 * The key prefix of `makeHandlerIdempotent()` of Powertools 2 in Middy's `request.internal`, for its handler and for an event
 * that it skips.
 */
const powertools = 'powertools-for-aws.idempotency';

const problem =
  'makeHandlerIdempotent() wraps the whole batch: after a failure of its first record Lambda delivers the same batch again, Powertools returns the stored answer, and no record runs until that answer expires. Remove it, and make the work on each record idempotent: makeIdempotent() inside eachRecord()';

const warned = new WeakSet<object>();

/** Warns, once for each `partialBatch()`, that Powertools answers its batches from a store. */
export function warnOfIdempotency({ settings, emit }: Invocation, internal: unknown): void {
  const left = Object(internal) as object;
  if (!(`${powertools}.idempotencyHandler` in left) || `${powertools}.skip` in left) return;
  const { partialBatch } = settings;
  if (partialBatch === undefined || warned.has(partialBatch)) return;
  warned.add(partialBatch);
  emit({ type: 'batch-idempotent', problem });
}
