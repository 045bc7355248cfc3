import type { AttemptCounts } from '../envelope/envelope.ts';
import type { Memory, Verdict } from './ledger.ts';

/** What has happened to one record that failed, or that the ledger knew, over all its deliveries. */
export interface History {
  started: number;
  failed: number;
  timedOut: number;
  readonly crashed: number;
  /** Epoch milliseconds. */
  firstFailedAt: number | undefined;
  /** Set once the record is to be quarantined. */
  verdict: Verdict | undefined;
  /** It may have killed a process, and has not been started since. */
  suspect: Memory['suspect'];
  /** Responses that have reported it. */
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

/** Charged attempts: what N counts. */
export function charges({ failed, timedOut, crashed }: AttemptCounts): number {
  return failed + timedOut + crashed;
}

/** Each of the four counts, by its name. */
export function countsBy(count: (name: keyof AttemptCounts) => number): AttemptCounts {
  return { started: count('started'), failed: count('failed'), timedOut: count('timedOut'), crashed: count('crashed') };
}

export function counts(attempts: AttemptCounts): AttemptCounts {
  return countsBy((name) => attempts[name]);
}

export const noAttempts: AttemptCounts = countsBy(() => 0);

/** What the ledger is to keep of it. */
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
