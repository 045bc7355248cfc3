import type { EnvironmentResult } from '@undam/simulator';
import type { Cell } from './cell.ts';

/** One cell as seen from outside Undam. Records by sequence number. */
export interface ObservedCell {
  readonly cell: Cell;
  /** The struck records, in batch order. */
  readonly struck: readonly string[];
  readonly healthy: readonly string[];
  /** Without those of a previous batch. */
  readonly deliveries: readonly Delivery[];
  /** False if the cell was ended for too many deliveries. */
  readonly movedOn: boolean;
  readonly ms: number;
}

/** One invocation, with the function's testimony. */
export interface Delivery {
  /** The batch. */
  readonly records: readonly string[];
  readonly result: EnvironmentResult;
  readonly died: boolean;
  readonly started: readonly string[];
  readonly ended: readonly string[];
  readonly quarantined: readonly { readonly record: string; readonly reason: string }[];
  /** Failures of the ledger. */
  readonly ledgerFailed: readonly string[];
  /** Records that an event counts as passed by an answer when the process died. */
  readonly answerLost: number;
}
