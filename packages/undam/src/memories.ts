import type { AttemptCounts } from './envelope.ts';
import { UndamError } from './errors.ts';
import type { Memories, Memory } from './ledger.ts';

const states: ReadonlySet<unknown> = new Set<Memory['state']>(['open', 'pending', 'done', 'quarantined']);

/**
 * A copy of what a ledger answered, of these records only and with every count a number: what a ledger of an older
 * version, or a table's row, leaves out counts as nothing.
 *
 * @throws whatever reading the answer throws, and UndamError `bad-option` for an answer that is none
 */
export function readMemories(answer: Memories, sequenceNumbers: readonly string[]): Memories {
  const memories = new Map<string, Memory>();
  if (answer.size === 0) return memories;
  for (const sequenceNumber of sequenceNumbers) {
    const memory = answer.get(sequenceNumber);
    if (memory !== undefined) memories.set(sequenceNumber, readMemory(memory));
  }
  return memories;
}

/** @throws UndamError `bad-option` for a memory of no known state */
export function readMemory({ state, attempts, firstFailedAt, verdict, suspect, answered }: Memory): Memory {
  if (!states.has(state)) {
    throw new UndamError('bad-option', 'the ledger broke its contract: it answered a memory of unknown state');
  }
  const { reason, stage, error } = verdict ?? {};
  const known = reason !== undefined && stage !== undefined && error !== undefined;
  return {
    state: state === 'pending' && !known ? 'open' : state,
    attempts: readCounts(attempts),
    ...(typeof firstFailedAt === 'number' && { firstFailedAt }),
    ...(known && { verdict: { reason, stage, error } }),
    ...((suspect === 'alone' || suspect === 'later') && { suspect }),
    ...(answered === true && { answered }),
  };
}

function readCounts(counts: Partial<AttemptCounts> | undefined): AttemptCounts {
  const count = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);
  return {
    started: count(counts?.started),
    failed: count(counts?.failed),
    timedOut: count(counts?.timedOut),
    crashed: count(counts?.crashed),
  };
}
