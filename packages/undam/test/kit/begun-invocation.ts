import type { Ledger, LedgerKey, Memory } from '../../src/ledgers/ledger.ts';
import { type Changes, changed } from './memories.ts';

/** An invocation between its recall and its end. */
export interface BegunInvocation {
  readonly memories: ReadonlyMap<string, Memory>;
  /** @param passed the records that its answer passes. @default it has no answer */
  end(changes?: Changes, passed?: readonly string[]): Promise<void>;
}

export async function beginInvocation(
  ledger: Ledger,
  key: LedgerKey,
  batch: readonly string[],
): Promise<BegunInvocation> {
  const ours = { ...key };
  const memories = await ledger.recall(ours, batch);
  return { memories, end: async (changes = {}, passed) => ledger.remember(ours, changed(changes), passed) };
}

/** How each record is suspect, by sequence number: `alone`, `later` or not. */
export function suspectsIn(memories: ReadonlyMap<string, Memory>): Record<string, Memory['suspect']> {
  return Object.fromEntries([...memories].map(([number, { suspect }]) => [number, suspect]));
}
