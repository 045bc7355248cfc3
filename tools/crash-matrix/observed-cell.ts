import type { EnvironmentResult } from '@undam/simulator';
import type { Cell } from './cell.ts';

/** What was seen of one cell from outside of Undam. Records by sequence number. */
export interface ObservedCell {
  readonly cell: Cell;
  /** Those that are struck, in batch order. */
  readonly struck: readonly string[];
  readonly healthy: readonly string[];
  /** Without that of a batch before. */
  readonly deliveries: readonly Delivery[];
  /** False where there were so many deliveries that it was ended. */
  readonly movedOn: boolean;
  readonly ms: number;
}

/** One invocation, and what the function said in it. */
export interface Delivery {
  /** The batch. */
  readonly records: readonly string[];
  readonly result: EnvironmentResult;
  readonly died: boolean;
  readonly started: readonly string[];
  readonly ended: readonly string[];
  readonly quarantined: readonly { readonly record: string; readonly reason: string }[];
  /** What kept the ledger from its work. */
  readonly ledgerFailed: readonly string[];
  /** Records of which an event says that an answer had passed them when the process died. */
  readonly answerLost: number;
}
