import type { LawName } from './index.ts';

/** A law that a run broke. */
export interface Violation {
  readonly law: LawName;
  readonly problem: string;
  /** Virtual milliseconds. */
  readonly at: number;
}
