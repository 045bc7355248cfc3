import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import type { StreamEvent } from '../../src/streams/sources.ts';

/** What one call of a batch handler did. */
export interface BatchCall {
  readonly got: readonly string[];
  readonly done: readonly string[];
}

/** The kinds of handlers that report their own failures. */
export const batchHandlerKinds = {
  /** AWS's own sample: ends at the first failure and reports it. */
  'stops at the first failure': (works: (number: string) => boolean, calls: BatchCall[]) => (event: Event) => {
    const got = numbersOf(event);
    const failed = got.findIndex((number) => !works(number));
    calls.push({ got, done: failed < 0 ? got : got.slice(0, failed) });
    return report(failed < 0 ? [] : [got[failed]!]);
  },
  /** Ends at the first failure and reports it with everything behind it. */
  'reports the rest': (works: (number: string) => boolean, calls: BatchCall[]) => (event: Event) => {
    const got = numbersOf(event);
    const failed = got.findIndex((number) => !works(number));
    calls.push({ got, done: failed < 0 ? got : got.slice(0, failed) });
    return report(failed < 0 ? [] : got.slice(failed));
  },
  /** Runs every record and reports each failure. */
  'runs and reports every record': (works: (number: string) => boolean, calls: BatchCall[]) => (event: Event) => {
    const got = numbersOf(event);
    const done = got.filter(works);
    calls.push({ got, done });
    return report(got.filter((number) => !done.includes(number)));
  },
} as const;

export function numbersOf({ Records }: Event): string[] {
  return Records.map(({ kinesis }) => kinesis.sequenceNumber);
}

export function report(numbers: readonly string[]): BatchResponse {
  return { batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) };
}

type Event = StreamEvent<KinesisStreamRecord>;
