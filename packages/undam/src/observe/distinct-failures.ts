import { JSON, Map, Set } from '../base/intrinsics.ts';
import type { KeptError } from '../envelope/envelope.ts';
import { placeOf } from './error-place.ts';
import { errorText, type LogErrors } from './error-text.ts';
import type { AttemptFailed, RecordPosition } from './events.ts';
import { type ErrorNames, errorNames } from './redacted-error.ts';

/** The failed attempts of one invocation that share stage, end, name, code and place. */
export interface DistinctFailure extends FailureNames {
  /** The first record affected. */
  readonly record: RecordPosition;
  /** The first error's text, if it is to be logged. */
  readonly error?: KeptError;
  attempts: number;
  /** The indexes of the records affected. */
  readonly hit: Set<number>;
}

type FailureNames = Pick<AttemptFailed, 'stage' | 'how'> & ErrorNames & { readonly at?: string };

/** Distinct failures per invocation, at most. */
const maxDistinctFailures = 10;

/** Stacks examined per invocation, at most: 2 ms. Beyond it an error takes the place of the first error of its name. */
const maxStacks = 200;

/** Groups the failed attempts of one invocation, so that each distinct failure is logged once. */
export class DistinctFailures {
  readonly #logErrors: LogErrors | undefined;
  readonly #failures = new Map<string, DistinctFailure>();
  #stacks = 0;
  /** The indexes of the records affected by failures beyond the bound. */
  readonly others: Set<number> = new Set();

  constructor(logErrors: LogErrors | undefined) {
    this.#logErrors = logErrors;
  }

  /** In order of their first attempts. */
  [Symbol.iterator](): Iterator<DistinctFailure> {
    return this.#failures.values();
  }

  /** The group of a failed attempt; `undefined` beyond the bound. */
  add({ record, stage, how, error }: AttemptFailed): DistinctFailure | undefined {
    const named = { stage, how, ...errorNames(error) };
    // The engine makes time-out errors; they have no place in user code.
    const at = how === 'timed-out' ? undefined : this.#placeOf(error, named);
    const names: FailureNames = at === undefined ? named : { ...named, at };
    const key = JSON.stringify(names);
    let failure = this.#failures.get(key);
    if (failure === undefined) {
      if (this.#failures.size === maxDistinctFailures) {
        this.others.add(record.index);
        return undefined;
      }
      const text = errorText(error, this.#logErrors);
      failure = { record, ...names, ...(text && { error: text }), attempts: 0, hit: new Set() };
      this.#failures.set(key, failure);
    }
    failure.attempts++;
    failure.hit.add(record.index);
    return failure;
  }

  #placeOf(error: unknown, { stage, how, errorName, errorCode }: FailureNames): string | undefined {
    if (this.#stacks++ < maxStacks) return placeOf(error);
    for (const failure of this)
      if (
        failure.stage === stage &&
        failure.how === how &&
        failure.errorName === errorName &&
        failure.errorCode === errorCode
      )
        return failure.at;
    return undefined;
  }
}
