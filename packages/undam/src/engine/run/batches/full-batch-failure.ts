import { isOutageError } from '../../../base/errors.ts';
import { unheard } from '../../../base/thenable.ts';
import type { Judgement } from '../../judge/attempt-end.ts';

/**
 * The record errors in a throw of Powertools' `BatchProcessor`, which means that every record of its batch failed. They come in
 * the order of the failures, and do not name their records.
 */
export function recordErrorsOf(error: unknown): readonly unknown[] | undefined {
  const errors = unheard(() => {
    const { name, recordErrors } = error as { name?: unknown; recordErrors?: unknown };
    if (name !== 'FullBatchFailureError' || !Array.isArray(recordErrors)) return undefined;
    // By index: the array may have an iterator of its own.
    return Array.from({ length: recordErrors.length }, (_, index) => recordErrors[index] as unknown);
  });
  return errors as readonly unknown[] | undefined;
}

/** The failure of each record in a call that threw. */
export interface EachFailure {
  readonly errors: readonly unknown[];
  /** True if each error is its record's own. False if it shows only that the record failed. */
  readonly areOwn: boolean;
}

/**
 * The failure of each of `count` records in a call that threw; `undefined` if the throw does not tell which of several records
 * failed.
 *
 * A throw names no record, so it is charged only to a record that was alone. For several records only a full-batch failure
 * counts, with one error per record, of a handler that is declared to run every record: then all have failed. If unlike errors
 * include an outage, the record that the outage spares is unknown.
 *
 * @param runsEvery the handler runs and reports every record
 * @param judge the meaning of an error: errors of different meaning are unlike, even with the same text
 */
export function failuresOfEach(
  error: unknown,
  count: number,
  runsEvery: boolean,
  judge: (error: unknown) => Judgement,
): EachFailure | undefined {
  const errors = recordErrorsOf(error);
  if (count > 1 && (!runsEvery || errors?.length !== count)) return undefined;
  if (errors?.length !== count) return { errors: new Array<unknown>(count).fill(error), areOwn: true };
  const [first] = errors;
  if (count === 1) return { errors, areOwn: true };
  const judgement = judge(first);
  if (errors.every((each) => isSameError(each, first) && judge(each) === judgement)) return { errors, areOwn: true };
  return errors.some(isOutageError) ? undefined : { errors: new Array<unknown>(count).fill(error), areOwn: false };
}

function isSameError(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const same = unheard(() => {
    const [one, other] = [a as Partial<Error>, b as Partial<Error>];
    return one.constructor === other.constructor && one.name === other.name && one.message === other.message;
  });
  return same === true;
}
