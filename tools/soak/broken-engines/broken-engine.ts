import type { LawName } from '../laws/index.ts';

/** `units`: some records share a sequence number, as a consumer of enhanced fan-out gets them. `equal-members`: some of those are equal. */
export type Need = 'units' | 'equal-members';

/** A broken engine: one line of the real source, replaced as it is loaded, and the laws that this has to break. */
export interface BrokenEngine {
  readonly name: string;
  /** In `packages/undam/src`. */
  readonly file: string;
  /** Occurs there once. */
  readonly line: string;
  readonly becomes: string;
  /** Any of these. */
  readonly breaks: readonly LawName[];
  /** Only the table's ledger can show it. */
  readonly isOnTable?: boolean;
  /** The hunt skips seeds without this, because they cannot break the law. */
  readonly needs?: Need;
}
