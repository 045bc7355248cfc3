import type { AttemptCounts } from '../envelope.ts';
import { isResolved, type Ledger, type LedgerKey, type Memory } from '../ledger.ts';
import { checkOptions, integer } from '../options.ts';

export interface MemoryLedgerOptions {
  /**
   * Records remembered at most, over all shards. Beyond it the entry that was used least recently is forgotten; where
   * only one is left, its finished records are, and then its oldest. Whatever is forgotten is run again or counted anew.
   *
   * @default 100_000
   */
  readonly maxRecords?: number;
}

type Entry = Map<string, Memory>;

/**
 * A ledger in this process's memory: it survives an ordinary failure of the handler, and is gone with the process.
 *
 * @throws UndamError `bad-option`
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger {
  checkOptions('memoryLedger()', options, { maxRecords: integer(1, 10_000_000) });
  const { maxRecords = 100_000 } = options;
  /** In order of use, the least recent first. */
  const entries = new Map<string, Entry>();
  let total = 0;

  return {
    recall(key, sequenceNumbers) {
      const recalled: Entry = new Map();
      if (entries.size === 0) return recalled;
      const name = nameOf(key);
      const entry = entries.get(name);
      if (entry === undefined) return recalled;
      entries.delete(name);
      entries.set(name, entry);
      for (const sequenceNumber of sequenceNumbers) {
        const memory = entry.get(sequenceNumber);
        if (memory !== undefined) recalled.set(sequenceNumber, memory);
      }
      return recalled;
    },

    remember(key, changes) {
      const name = nameOf(key);
      const entry = entries.get(name) ?? new Map();
      entries.delete(name);
      total -= entry.size;
      apply(entry, changes);
      if (![...entry.values()].every(isResolved)) {
        entries.set(name, entry);
        total += entry.size;
      }
      for (const [oldest, { size }] of entries) {
        if (total <= maxRecords || entries.size === 1) break;
        entries.delete(oldest);
        total -= size;
      }
      if (total > maxRecords) total -= shrink(entry, maxRecords);
    },
  };
}

function nameOf({ functionArn, eventSourceArn, shardId }: LedgerKey): string {
  return JSON.stringify([functionArn, eventSourceArn, shardId]);
}

function apply(entry: Entry, changes: ReadonlyMap<string, Memory | undefined>): void {
  for (const [sequenceNumber, memory] of changes) {
    const known = entry.get(sequenceNumber);
    if (memory === undefined) entry.delete(sequenceNumber);
    else entry.set(sequenceNumber, known === undefined ? memory : merge(known, memory));
  }
}

const rank: Readonly<Record<Memory['state'], number>> = { open: 0, pending: 1, quarantined: 2, done: 3 };

function merge(known: Memory, learned: Memory): Memory {
  const [low, high] = rank[known.state] > rank[learned.state] ? [learned, known] : [known, learned];
  const firstFailedAt = Math.min(known.firstFailedAt ?? Infinity, learned.firstFailedAt ?? Infinity);
  return {
    ...high,
    attempts: maximum(low.attempts, high.attempts),
    ...(firstFailedAt < Infinity && { firstFailedAt }),
  };
}

function maximum(a: AttemptCounts, b: AttemptCounts): AttemptCounts {
  return {
    started: Math.max(a.started, b.started),
    failed: Math.max(a.failed, b.failed),
    timedOut: Math.max(a.timedOut, b.timedOut),
    crashed: Math.max(a.crashed, b.crashed),
  };
}

function shrink(entry: Entry, maxRecords: number): number {
  const before = entry.size;
  for (const finishedOnly of [true, false]) {
    for (const [sequenceNumber, memory] of entry) {
      if (entry.size <= maxRecords) return before - entry.size;
      if (!finishedOnly || isResolved(memory)) entry.delete(sequenceNumber);
    }
  }
  return before - entry.size;
}
