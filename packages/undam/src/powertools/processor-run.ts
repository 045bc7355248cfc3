import type { EventSourceDataClassTypes, FailureResponse, SuccessResponse } from '@aws-lambda-powertools/batch/types';
import { describe } from '../base/describe.ts';
import { Map } from '../base/intrinsics.ts';
import type { RecordAttempt } from '../engine/run/records/attempt.ts';
import type { BatchResponse } from '../streams/response.ts';

/** One start of a processor on one record. */
export interface Started {
  readonly run: ProcessorRun;
  readonly record: EventSourceDataClassTypes;
  readonly attempt: RecordAttempt<unknown>;
  /** What the processor answered, where that was no success. */
  result: FailureResponse | undefined;
  /** What was thrown, and what the engine is to charge for it. */
  failure: { readonly error: unknown; readonly charged: unknown } | undefined;
}

/** What `BatchProcessor` keeps of a batch. */
export interface ProcessorTally {
  readonly results: (SuccessResponse | FailureResponse)[];
  readonly successMessages: EventSourceDataClassTypes[];
  readonly failureMessages: EventSourceDataClassTypes[];
  readonly errors: Error[];
}

/** One invocation's batch in a processor, which may have several at once: what was registered is kept here. */
export class ProcessorRun {
  /** The array that the processor was given. */
  readonly registered: readonly EventSourceDataClassTypes[];
  readonly handler: CallableFunction;
  readonly context: unknown;
  /** A subclass has a `successHandler` of its own; that of Powertools reads the environment, and the lists are made at the end. */
  readonly hearsSuccess: boolean;
  /** Calls with what the invocation keeps in `AsyncLocalStorage`: another invocation of the process may be who wakes this one. */
  readonly inContext: <T>(call: () => T) => T = process
    .getBuiltinModule('node:async_hooks')
    .AsyncLocalStorage.snapshot();
  response: BatchResponse | undefined;
  /** The outcome stands, or there is none. */
  over = false;
  readonly #records: readonly EventSourceDataClassTypes[];
  readonly #unsettled = new Map<object, Started>();
  /** How the last attempt on each record settled. Of one that succeeded nothing is kept but the result: there may be 10,000. */
  readonly #settled = new Map<object, SuccessResponse | Started>();

  constructor(
    records: readonly EventSourceDataClassTypes[],
    handler: CallableFunction,
    context: unknown,
    hearsSuccess: boolean,
  ) {
    this.registered = records;
    // A handler may empty its event.
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

  /** The attempt has settled, with success or with what `started` says of its failure. */
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

  /** What became of the last attempt on each record that was started, in batch order. */
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
