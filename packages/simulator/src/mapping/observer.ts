import type { Discard } from './discard.ts';
import type { SourceRecord } from './ports.ts';

/** Why the checkpoint moved past a record that the mapping did not give up. */
export type PassedAs =
  /** The function's answer does not report it. */
  | 'processed'
  /** The function reported it, and Lambda reads no report. */
  | 'passed-though-reported'
  /** It left the stream before the function processed it (documented: in no metric and no destination). */
  | 'expired'
  /** A filter does not match it (documented: it is never invoked for). */
  | 'filtered'
  /** A filter asks for `data`, and its payload is no JSON (documented: dropped silently). */
  | 'unreadable'
  /** It is a KPL aggregate with a user record of another shard (recorded: the whole aggregate is gone). */
  | 'dropped';

/** What the mapping tells whoever counts. Each record is named once in all, by `passed` or by `discarded`. */
export interface MappingObserver<R extends SourceRecord> {
  passed(records: readonly R[], as: PassedAs, at: number): void;
  /** The checkpoint moved past them because their retries or their age ran out. */
  discarded(discard: Discard<R>, at: number): void;
  /** The final invocation of their tumbling window has succeeded, or was given up: what the window was to come to is lost. */
  windowEnded?(records: readonly R[], how: 'finalised' | 'given-up'): void;
  /** The user records of an aggregate are named from here on, and it is not. */
  tookApart?(aggregate: R, userRecords: readonly R[]): void;
}
