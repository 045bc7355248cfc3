import type { AttemptCounts } from '../../src/envelope/index.ts';
import type { Memory } from '../../src/ledgers/ledger.ts';

/** The memory of a record with so many charged rejections. */
export function memory(state: Memory['state'], failed = 0, more: Partial<Memory> = {}): Memory {
  const attempts: AttemptCounts = { started: failed, failed, timedOut: 0, crashed: 0 };
  return { state, attempts, ...more };
}

/** Changes for `remember()`, by sequence number; `undefined` forgets a record. */
export type Changes = Readonly<Record<string, Memory | undefined>>;

/** The argument of `remember()` for these changes. */
export function changed(changes: Changes): ReadonlyMap<string, Memory | undefined> {
  return new Map(Object.entries(changes));
}
