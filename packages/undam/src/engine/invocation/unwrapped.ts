import { UndamError } from '../../base/errors.ts';
import { partialBatchMissing, type Settings } from './settings.ts';

type PartialBatchSettings = NonNullable<Settings['partialBatch']>;

/** Those whose handler has answered without a wrapper, and those of which some wrapper has run records. */
const refused = new WeakSet<PartialBatchSettings>();
const wrapped = new WeakSet<PartialBatchSettings>();

/** A wrapper has claimed an invocation. */
export function knowWrapped(settings: PartialBatchSettings): void {
  wrapped.add(settings);
}

/** @throws UndamError `unwrapped` where the handler has shown that it has no wrapper: it does not run again */
export function demandWrapper(settings: PartialBatchSettings): void {
  if (refused.has(settings)) throw unwrapped();
}

/** A handler has answered, and no wrapper has claimed the invocation: one without records shows nothing of later ones. */
export function refuseUnwrapped(settings: PartialBatchSettings | undefined, isEmpty: boolean): UndamError {
  if (settings === undefined) return partialBatchMissing();
  if (!isEmpty && !wrapped.has(settings)) refused.add(settings);
  return unwrapped();
}

function unwrapped(): UndamError {
  return new UndamError(
    'unwrapped',
    'the handler under partialBatch() has answered without a wrapper, and nothing but a wrapper knows what becomes of each record: give .handler() eachRecord(handler of one record), wholeBatch(handler that answers { batchItemFailures }), splitOnError(handler that throws for its batch), or Powertools a StreamProcessor, of the same copy of undam (npm ls undam)',
  );
}
