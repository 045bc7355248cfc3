import type { EventSourceDataClassTypes, FailureResponse, SuccessResponse } from '@aws-lambda-powertools/batch/types';
import { describe } from '../base/describe.ts';
import { Map } from '../base/intrinsics.ts';
import type { RecordAttempt } from '../engine/run/records/record-attempt.ts';
import type { BatchResponse } from '../streams/response.ts';

/** One start of a processor on one record. */
export interface Started {
  readonly run: ProcessorRun;
  readonly record: EventSourceDataClassTypes;
  readonly attempt: RecordAttempt<unknown>;
  /** The processor's result, unless it was a success. */
  result: FailureResponse | undefined;
  /** The error thrown, and the error that the engine charges. */
  failure: { readonly error: unknown; readonly charged: unknown } | undefined;
}

/** The results that `BatchProcessor` keeps for a batch. */
export interface ProcessorTally {
  readonly results: (SuccessResponse | FailureResponse)[];
  readonly successMessages: EventSourceDataClassTypes[];
  readonly failureMessages: EventSourceDataClassTypes[];
  readonly errors: Error[];
}

/** The state of one invocation's batch, kept here because a processor may run several batches at once. */
export class ProcessorRun {
  /** The array registered with the processor. */
  readonly registered: readonly EventSourceDataClassTypes[];
  readonly handler: CallableFunction;
  readonly context: unknown;
  /**
   * True if a subclass has its own `successHandler`. Powertools' handler only fills lists, which the run makes at its end, and
   * reads the environment.
   */
  readonly hearsSuccess: boolean;
  /** Runs a call in the invocation's `AsyncLocalStorage` context: another invocation of the process may resume this one. */
  readonly inContext: <T>(call: () => T) => T = process
    .getBuiltinModule('node:async_hooks')
    .AsyncLocalStorage.snapshot();
  response: BatchResponse | undefined;
  /** True once the outcome is fixed or the invocation has failed. */
  over = false;
  readonly #records: readonly EventSourceDataClassTypes[];
  readonly #unsettled = new Map<object, Started>();
  /** The settled state of the last attempt on each record. Only the result for a success: there may be 10,000. */
  readonly #settled = new Map<object, SuccessResponse | Started>();

  constructor(
    records: readonly EventSourceDataClassTypes[],
    handler: CallableFunction,
    context: unknown,
    hearsSuccess: boolean,
  ) {
    this.registered = records;
    // A copy: handlers may empty their event.
    this.#records = records.slice();
    this.handler = handler;
    this.context = context;
    this.hearsSuccess = hearsSuccess;
  }

  start(record: EventSourceDataClassTypes, attempt: RecordAttempt<unknown>): Started {
    const started: Started = { run: this, record, attempt, result: undefined, failure: undefined };
    this.#unsettled.set(record, started);
    return started;
  }

  /** Records the end of an attempt: a success, or the failure in `started`. */
  settle(started: Started, success?: SuccessResponse): void {
    this.#unsettled.delete(started.record);
    this.#settled.set(started.record, success ?? started);
  }

  startedOn(record: object): Started | undefined {
    return this.#unsettled.get(record);
  }

  unsettled(): Iterable<Started> {
    return this.#unsettled.values();
  }

  /** The result of the last attempt on each started record, in batch order. */
  tally(): ProcessorTally {
    const tally: ProcessorTally = { results: [], successMessages: [], failureMessages: [], errors: [] };
    for (const record of this.#records) {
      const unsettled = this.#unsettled.get(record);
      const settled = this.#settled.get(record);
      if (unsettled !== undefined) countFailure(unsettled, unsettled.attempt.signal.reason, tally);
      else if (Array.isArray(settled)) countSuccess(settled, record, tally);
      else if (settled !== undefined) countFailure(settled, settled.failure?.error, tally);
    }
    return tally;
  }
}

function countSuccess(result: SuccessResponse, record: EventSourceDataClassTypes, tally: ProcessorTally): void {
  tally.results.push(result);
  tally.successMessages.push(record);
}

function countFailure({ record, result }: Started, error: unknown, tally: ProcessorTally): void {
  tally.results.push(result ?? ['fail', messageOf(error), record]);
  tally.failureMessages.push(record);
  tally.errors.push(error as Error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describe(error);
}
