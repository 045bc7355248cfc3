import { JSON, Map, Set } from '../base/intrinsics.ts';
import type { KeptError } from '../envelope/envelope.ts';
import { placeOf } from './error-place.ts';
import { errorText, type LogErrors } from './error-text.ts';
import type { AttemptFailed, RecordPosition } from './events.ts';
import { type ErrorNames, errorNames } from './redacted-error.ts';

/** Failed attempts of one invocation that are alike: in stage, end, name, code and place. */
export interface DistinctFailure extends FailureNames {
  /** The first record that it hit. */
  readonly record: RecordPosition;
  /** The first error's text, where it is to be logged. */
  readonly error?: KeptError;
  attempts: number;
  /** The indexes of the records that it hit. */
  readonly hit: Set<number>;
}

type FailureNames = Pick<AttemptFailed, 'stage' | 'how'> & ErrorNames & { readonly at?: string };

/** What an invocation is told apart at most. */
const distinctMost = 10;

/** Stacks that are looked at in an invocation, at most: 2 ms. Behind them an error's place is that of the first of its name. */
const stacksMost = 200;

/** The failed attempts of one invocation by what they have in common, so that each is said once. */
export class DistinctFailures {
  readonly #logErrors: LogErrors | undefined;
  readonly #failures = new Map<string, DistinctFailure>();
  #stacks = 0;
  /** The indexes of the records hit by more failures than are told apart. */
  readonly others: Set<number> = new Set();

  constructor(logErrors: LogErrors | undefined) {
    this.#logErrors = logErrors;
  }

  /** In order of their first attempts. */
  [Symbol.iterator](): Iterator<DistinctFailure> {
    return this.#failures.values();
  }

  /** The failure that an attempt is one of; `undefined` where there are too many to tell them apart. */
  add({ record, stage, how, error }: AttemptFailed): DistinctFailure | undefined {
    const named = { stage, how, ...errorNames(error) };
    // A time-out is ours, and was thrown nowhere.
    const at = how === 'timed-out' ? undefined : this.#placeOf(error, named);
    const names: FailureNames = at === undefined ? named : { ...named, at };
    const key = JSON.stringify(names);
    let failure = this.#failures.get(key);
    if (failure === undefined) {
      if (this.#failures.size === distinctMost) {
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
    if (this.#stacks++ < stacksMost) return placeOf(error);
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
