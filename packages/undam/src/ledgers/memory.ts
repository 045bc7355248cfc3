import { Map } from '../base/intrinsics.ts';
import { aFunction, checkOptions, integer } from '../base/options.ts';
import { apply, type Entry, isSettled, nameOf, recalledOf, settledMs } from './entry.ts';
import { isResolved, type Ledger } from './ledger.ts';

/** Options of {@link memoryLedger}. */
export interface MemoryLedgerOptions {
  /**
   * Maximum number of records over all shards, 1 to 10,000,000. Beyond it the ledger forgets the entry used least recently;
   * within a single entry the finished records first, then the oldest. Forgotten records run again, or start counting anew.
   *
   * @default 100_000
   */
  readonly maxRecords?: number;
  /** The clock, in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

interface Kept {
  readonly entry: Entry;
  /** The time of the last write, in epoch milliseconds, if no record is unresolved. */
  readonly settledAt: number | undefined;
}

/**
 * A ledger in this process's memory: it survives failures of the handler, but not the process.
 *
 * @throws UndamError `bad-option`
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger {
  checkOptions('memoryLedger()', options, { maxRecords: integer(1, 10_000_000), now: aFunction });
  const { maxRecords = 100_000, now = Date.now } = options;
  /** Least recently used first. */
  const entries = new Map<string, Kept>();
  let total = 0;

  return {
    recall(key, sequenceNumbers) {
      if (entries.size === 0) return new Map();
      const name = nameOf(key);
      const kept = entries.get(name);
      if (kept === undefined) return new Map();
      entries.delete(name);
      if (kept.settledAt !== undefined && now() - kept.settledAt > settledMs) {
        total -= kept.entry.size;
        return new Map();
      }
      entries.set(name, kept);
      return recalledOf(kept.entry, sequenceNumbers);
    },

    remember(key, changes) {
      const name = nameOf(key);
      const entry = entries.get(name)?.entry ?? new Map();
      entries.delete(name);
      total -= entry.size;
      apply(entry, changes);
      if (entry.size > 0) {
        entries.set(name, { entry, settledAt: isSettled(entry) ? now() : undefined });
        total += entry.size;
      }
      for (const [oldest, kept] of entries) {
        if (total <= maxRecords || entries.size === 1) break;
        entries.delete(oldest);
        total -= kept.entry.size;
      }
      if (total > maxRecords) total -= shrink(entry, maxRecords);
    },
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
