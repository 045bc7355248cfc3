import { isOutageError } from './errors.ts';
import { unheard } from './thenable.ts';

/**
 * The errors of the records in a throw of Powertools' `BatchProcessor`, which says that every record of its batch failed.
 * They stand in the order in which the records failed, and do not say which is whose.
 */
export function recordErrorsOf(error: unknown): readonly unknown[] | undefined {
  const errors = unheard(() => {
    const { name, recordErrors } = error as { name?: unknown; recordErrors?: unknown };
    return name === 'FullBatchFailureError' && Array.isArray(recordErrors) ? [...recordErrors] : undefined;
  });
  return errors as readonly unknown[] | undefined;
}

/**
 * What a throw says of each of `count` records in the call; `undefined` where it says of none of several whose fault it is.
 *
 * A throw names nobody, so it is charged to a record that was alone. Of several, only a full-batch failure speaks, of a
 * handler that is declared to run every record, with an error for each: then all have failed. Where an outage is among
 * unlike errors, nobody knows which record it spares.
 *
 * @param runsEvery the handler runs and reports every record
 */
export function failuresOfEach(error: unknown, count: number, runsEvery: boolean): readonly unknown[] | undefined {
  const errors = recordErrorsOf(error);
  if (count > 1 && (!runsEvery || errors?.length !== count)) return undefined;
  if (errors?.length !== count) return new Array<unknown>(count).fill(error);
  if (errors.every((each) => saysTheSame(each, errors[0]))) return errors;
  return errors.some(isOutageError) ? undefined : new Array<unknown>(count).fill(error);
}

function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const same = unheard(() => {
    const [one, other] = [a as Partial<Error>, b as Partial<Error>];
    return one.constructor === other.constructor && one.name === other.name && one.message === other.message;
  });
  return same === true;
}
