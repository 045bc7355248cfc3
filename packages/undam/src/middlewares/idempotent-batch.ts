import type { Invocation } from '../engine/invocation/invocation.ts';

/** Where `makeHandlerIdempotent()` of Powertools 2 keeps its handler in Middy's `request.internal`, and that it passes this event over. */
const powertools = 'powertools-for-aws.idempotency';

const problem =
  'makeHandlerIdempotent() is around the whole batch: a batch whose first record failed is delivered as it was, gets its stored answer, and nothing in it runs until that expires. Take it off, and make the work on each record idempotent: makeIdempotent() inside eachRecord()';

const saidOf = new WeakSet<object>();

/** Says once for each `partialBatch()` that Powertools answers its batches from a store. */
export function warnOfIdempotency({ settings, emit }: Invocation, internal: unknown): void {
  const left = Object(internal) as object;
  if (!(`${powertools}.idempotencyHandler` in left) || `${powertools}.skip` in left) return;
  const { partialBatch } = settings;
  if (partialBatch === undefined || saidOf.has(partialBatch)) return;
  saidOf.add(partialBatch);
  emit({ type: 'batch-idempotent', problem });
}
