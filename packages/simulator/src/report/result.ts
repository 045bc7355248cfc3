import type { EventSourceMapping } from 'undam/mapping';
import type { DidId } from '../did.ts';
import type { HandlerError, InvocationEnd } from '../lambda/simulated-function.ts';
import type { PassedAs } from '../mapping/observer.ts';
import type { OnFailureMessage } from '../mapping/on-failure.ts';
import type { SimulatedRecord } from '../stream/simulated-stream.ts';
import type { LogPiece } from '../virtual/captured-output.ts';

/**
 * What has become of a record: passed as the mapping says it, `discarded` (its retries or its age ran out),
 * `before-start` (the mapping's starting position is behind it), or still `waiting` at the end.
 */
export type Fate = PassedAs | 'discarded' | 'before-start' | 'waiting';

export interface RecordReport {
  readonly record: SimulatedRecord;
  readonly fate: Fate;
  /** When that was; absent while waiting. */
  readonly atMs: number | undefined;
  /** Invocations that it was part of. */
  readonly deliveries: number;
}

export interface InvocationReport {
  readonly requestId: string;
  readonly environment: number;
  readonly shardId: string;
  readonly records: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly end: InvocationEnd;
  /** What the handler rejected with, or what its process died of. */
  readonly error?: HandlerError;
}

export interface IteratorAgeSample {
  readonly atMs: number;
  readonly shardId: string;
  /** Age of the oldest record that is not passed; 0 when all are. */
  readonly ageMs: number;
  /** Records so far. */
  readonly processed: number;
  readonly discarded: number;
  readonly expired: number;
}

/** One call of `did()`. */
export interface DidReport {
  readonly id: DidId;
  readonly atMs: number;
}

/** What a simulation came to. Times in milliseconds from its start. */
export interface Simulation {
  /** With every default filled in. */
  readonly mapping: EventSourceMapping;
  /** False where the run ended, at `untilMs`, before everything was written. */
  readonly isComplete: boolean;
  /** In the order in which they were written. */
  readonly records: readonly RecordReport[];
  readonly invocations: readonly InvocationReport[];
  /** Invocations that Lambda refused before the function ran. */
  readonly throttles: number;
  /** What went to the `OnFailure` destination, or would have; with the event in it if that is a bucket. */
  readonly onFailure: readonly OnFailureMessage[];
  /** Messages that the destination did not take, as a FIFO queue takes none: the records are gone all the same. */
  readonly destinationDeliveryFailures: number;
  readonly iteratorAge: readonly IteratorAgeSample[];
  /** Calls of `did()` in the function, in order. */
  readonly did: readonly DidReport[];
  /** What the function wrote to its output, in order: at most the last 10,000 pieces. */
  readonly logs: readonly LogPiece[];
  readonly cost: { readonly requests: number; readonly gbSeconds: number };
  readonly endedMs: number;
}
