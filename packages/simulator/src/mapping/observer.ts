import type { Discard } from './discard.ts';
import type { SourceRecord } from './ports.ts';

/** Why the checkpoint moved past a record that the mapping did not discard. */
export type PassedAs =
  /** The function's answer does not report it. */
  | 'processed'
  /** The function reported it, but Lambda does not read the report. */
  | 'passed-though-reported'
  /** It left the stream before the function processed it (documented: in no metric and no destination). */
  | 'expired'
  /** No filter matches it (documented: the function never gets it). */
  | 'filtered'
  /** A filter asks for `data`, and its payload is not JSON (documented: dropped silently). */
  | 'unreadable'
  /** It is a KPL aggregate with a user record of another shard (recorded: the whole aggregate is dropped). */
  | 'dropped';

/** Learns of the mapping's progress. Each record is named exactly once, by `passed` or by `discarded`. */
export interface MappingObserver<R extends SourceRecord> {
  passed(records: readonly R[], as: PassedAs, at: number): void;
  /** The checkpoint moved past them because their retries or their age ran out. */
  discarded(discard: Discard<R>, at: number): void;
  /** The final invocation of their tumbling window succeeded, or was given up, which loses the window's result. */
  windowEnded?(records: readonly R[], how: 'finalised' | 'given-up'): void;
  /** From here on the user records of an aggregate are named in its place. */
  tookApart?(aggregate: R, userRecords: readonly R[]): void;
}
