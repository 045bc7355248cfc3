import type { LawName } from '../laws/index.ts';

/** `units`: a consumer's records, some of which share a sequence number. `equal-members`: some of those are equal, too. */
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
  /** Only seeds with this can show it; the others are passed over. */
  readonly needs?: Need;
}
