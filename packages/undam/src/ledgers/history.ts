import type { AttemptCounts } from '../envelope/envelope.ts';
import type { Memory, Verdict } from './ledger.ts';

/** The history, over all deliveries, of a record that failed or that the ledger knew. */
export interface History {
  started: number;
  failed: number;
  timedOut: number;
  readonly crashed: number;
  /** Epoch milliseconds. */
  firstFailedAt: number | undefined;
  /** Set once the record is due for quarantine. */
  verdict: Verdict | undefined;
  /** Set if the record may have killed a process and has not started since. */
  suspect: Memory['suspect'];
  /** The responses that have reported the record. */
  reported: Memory['reported'];
}

/** The history of a record as far as the ledger knows it. */
export function historyOf(memory: Memory | undefined): History {
  return {
    ...(memory?.attempts ?? noAttempts),
    firstFailedAt: memory?.firstFailedAt,
    verdict: memory?.state === 'pending' ? memory.verdict : undefined,
    suspect: memory?.suspect,
    reported: memory?.reported,
  };
}

/** Charged attempts, compared with `maxAttempts`. */
export function charges({ failed, timedOut, crashed }: AttemptCounts): number {
  return failed + timedOut + crashed;
}

/** Builds the four counts, each by its name. */
export function countsBy(count: (name: keyof AttemptCounts) => number): AttemptCounts {
  return { started: count('started'), failed: count('failed'), timedOut: count('timedOut'), crashed: count('crashed') };
}

export function counts(attempts: AttemptCounts): AttemptCounts {
  return countsBy((name) => attempts[name]);
}

export const noAttempts: AttemptCounts = countsBy(() => 0);

/** The memory to keep of a history. */
export function memoryOf(history: History, state: Memory['state']): Memory {
  const { firstFailedAt, verdict, suspect, reported } = history;
  const isUnresolved = state === 'open' || state === 'pending';
  return {
    state,
    attempts: counts(history),
    ...(firstFailedAt !== undefined && { firstFailedAt }),
    ...(state === 'pending' && verdict !== undefined && { verdict }),
    ...(state === 'open' && suspect !== undefined && { suspect }),
    ...(isUnresolved && reported !== undefined && { reported }),
  };
}
