import { isOutageError } from '../../../base/errors.ts';
import { unheard } from '../../../base/thenable.ts';
import type { Judgement } from '../../judge/attempt-end.ts';

/**
 * The errors of the records in a throw of Powertools' `BatchProcessor`, which says that every record of its batch failed.
 * They stand in the order in which the records failed, and do not say which is whose.
 */
export function recordErrorsOf(error: unknown): readonly unknown[] | undefined {
  const errors = unheard(() => {
    const { name, recordErrors } = error as { name?: unknown; recordErrors?: unknown };
    if (name !== 'FullBatchFailureError' || !Array.isArray(recordErrors)) return undefined;
    // By index: an array's own iterator may say something else.
    return Array.from({ length: recordErrors.length }, (_, index) => recordErrors[index] as unknown);
  });
  return errors as readonly unknown[] | undefined;
}

/** What a throw of a batch handler says of each record in its call. */
export interface EachFailure {
  readonly errors: readonly unknown[];
  /** Each error is its record's own. Otherwise it says that the record failed, and nothing of how. */
  readonly areOwn: boolean;
}

/**
 * What a throw says of each of `count` records in the call; `undefined` where it says of none of several whose fault it is.
 *
 * A throw names nobody, so it is charged to a record that was alone. Of several, only a full-batch failure speaks, of a
 * handler that is declared to run every record, with an error for each: then all have failed. Where an outage is among
 * unlike errors, nobody knows which record it spares.
 *
 * @param runsEvery the handler runs and reports every record
 * @param judge what an error means: errors that mean different things are unlike, whatever they say
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
  if (errors.every((each) => saysTheSame(each, first) && judge(each) === judgement)) return { errors, areOwn: true };
  return errors.some(isOutageError) ? undefined : { errors: new Array<unknown>(count).fill(error), areOwn: false };
}

function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const same = unheard(() => {
    const [one, other] = [a as Partial<Error>, b as Partial<Error>];
    return one.constructor === other.constructor && one.name === other.name && one.message === other.message;
  });
  return same === true;
}
