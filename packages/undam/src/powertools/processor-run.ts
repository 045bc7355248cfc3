import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventSourceDataClassTypes, FailureResponse, SuccessResponse } from '@aws-lambda-powertools/batch/types';
import type { RecordAttempt } from '../attempt.ts';
import { describe } from '../describe.ts';
import type { BatchResponse } from '../outcome.ts';

/** One start of a processor on one record. */
export interface Started {
  readonly run: ProcessorRun;
  readonly record: EventSourceDataClassTypes;
  readonly attempt: RecordAttempt<unknown>;
  settled: boolean;
  /** What the processor answered. */
  result: SuccessResponse | FailureResponse | undefined;
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
  readonly handler: CallableFunction;
  readonly context: unknown;
  /** Calls with what the invocation keeps in `AsyncLocalStorage`: another invocation of the process may be who wakes this one. */
  readonly inContext: <T>(call: () => T) => T = AsyncLocalStorage.snapshot();
  response: BatchResponse | undefined;
  /** The outcome stands, or there is none. */
  over = false;
  readonly #records: readonly EventSourceDataClassTypes[];
  /** The last start on each record. */
  readonly #started = new Map<EventSourceDataClassTypes, Started>();

  constructor(records: readonly EventSourceDataClassTypes[], handler: CallableFunction, context: unknown) {
    // A handler may empty its event.
    this.#records = records.slice();
    this.handler = handler;
    this.context = context;
  }

  start(record: EventSourceDataClassTypes, attempt: RecordAttempt<unknown>): Started {
    const started: Started = { run: this, record, attempt, settled: false, result: undefined, failure: undefined };
    this.#started.set(record, started);
    return started;
  }

  /** What became of the last attempt on each record that was started, in batch order. */
  tally(): ProcessorTally {
    const tally: ProcessorTally = { results: [], successMessages: [], failureMessages: [], errors: [] };
    for (const record of this.#records) {
      const started = this.#started.get(record);
      if (started !== undefined) count(started, tally);
    }
    return tally;
  }
}

function count({ record, settled, result, failure, attempt }: Started, tally: ProcessorTally): void {
  if (settled && result?.[0] === 'success') {
    tally.results.push(result);
    tally.successMessages.push(record);
    return;
  }
  const error: unknown = settled ? failure?.error : attempt.signal.reason;
  tally.results.push(settled && result ? result : ['fail', messageOf(error), record]);
  tally.failureMessages.push(record);
  tally.errors.push(error as Error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describe(error);
}
