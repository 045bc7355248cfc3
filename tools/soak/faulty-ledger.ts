import type { Ledger, Memories } from 'undam';
import type { FaultPlan } from './fault-plan.ts';
import type { ProcessSight, RecordSight } from './sights.ts';
import type { Witness } from './witness.ts';

/** The public memory ledger of one process, behind a wrapper that fails, hangs and answers what it knew before. */
export function faultyLedger(
  ledger: Ledger,
  faults: FaultPlan,
  process: ProcessSight,
  witness: Witness,
  recordOf: (sequenceNumber: string) => RecordSight,
): Ledger {
  /** What the ledger knew of a shard one delivery before, by shard. */
  const before = new Map<string | undefined, Memories>();

  const trouble = (): void => witness.ledgerTrouble(process);
  const seen = (memories: Memories): Memories => {
    const { invocation } = process;
    if (invocation) for (const [number, { state }] of memories) witness.recalled(invocation, recordOf(number), state);
    return memories;
  };

  return {
    recall(key, sequenceNumbers) {
      const fails = faults.at('ledger-read-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      const stale = (fails ?? hangs) ? undefined : faults.at('ledger-is-stale');
      if (fails ?? hangs ?? stale) trouble();
      if (fails) return failed(fails.ms);
      if (hangs) return new Promise(() => {});
      const known = ledger.recall(key, sequenceNumbers) as Memories;
      const older = before.get(key.shardId) ?? new Map();
      before.set(key.shardId, known);
      return seen(stale ? only(older, sequenceNumbers) : known);
    },
    remember(key, changes) {
      const fails = faults.at('ledger-write-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      if (fails ?? hangs) trouble();
      // A write may fail after it was made.
      if (fails && fails.ms % 2 === 0) ledger.remember(key, changes);
      if (fails) return failed(fails.ms);
      if (hangs) return new Promise(() => {});
      return ledger.remember(key, changes);
    },
  };
}

function failed(ms: number): Promise<never> {
  const error = new Error('the ledger cannot be reached');
  if (ms > 1) throw error;
  return Promise.reject(error);
}

function only(memories: Memories, sequenceNumbers: readonly string[]): Memories {
  const known = sequenceNumbers.filter((sequenceNumber) => memories.has(sequenceNumber));
  return new Map(known.map((sequenceNumber) => [sequenceNumber, memories.get(sequenceNumber)!]));
}
