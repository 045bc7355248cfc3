import { UndamError } from '../../base/errors.ts';
import { partialBatchMissing, type Settings } from './settings.ts';

type PartialBatchSettings = NonNullable<Settings['partialBatch']>;

/** Settings of handlers that answered without a wrapper, and settings of handlers with a wrapper that has run records. */
const refused = new WeakSet<PartialBatchSettings>();
const wrapped = new WeakSet<PartialBatchSettings>();

/** A wrapper has taken an invocation with these settings. */
export function knowWrapped(settings: PartialBatchSettings): void {
  wrapped.add(settings);
}

/** @throws UndamError `unwrapped` if the handler has proved to have no wrapper: it does not run again */
export function demandWrapper(settings: PartialBatchSettings): void {
  if (refused.has(settings)) throw unwrapped();
}

/** The error of a handler that answered without a wrapper. An invocation without records proves nothing about later ones. */
export function refuseUnwrapped(settings: PartialBatchSettings | undefined, isEmpty: boolean): UndamError {
  if (settings === undefined) return partialBatchMissing();
  if (!isEmpty && !wrapped.has(settings)) refused.add(settings);
  return unwrapped();
}

function unwrapped(): UndamError {
  return new UndamError(
    'unwrapped',
    'expected a wrapped handler under partialBatch(), got an answer without a wrapper: only a wrapper knows the outcome of each record. Give .handler() eachRecord(handler of one record), wholeBatch(handler that answers { batchItemFailures }) or splitOnError(handler that throws for its batch), or give Powertools a StreamProcessor, from the same copy of undam (npm ls undam)',
  );
}
