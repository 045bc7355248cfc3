import { UndamError } from '../base/errors.ts';
import { Map, Set } from '../base/intrinsics.ts';
import type { AttemptCounts } from '../envelope/envelope.ts';
import { keepError } from '../envelope/kept-error.ts';
import { quarantineReasons } from '../envelope/reasons.ts';
import { countsBy } from './history.ts';
import type { Memories, Memory, Verdict } from './ledger.ts';

const states: ReadonlySet<unknown> = new Set<Memory['state']>(['open', 'pending', 'done', 'quarantined']);

/**
 * A sanitized copy of a ledger's answer, for these records only. Counts missing from an older version or a table's item are 0.
 *
 * @throws errors of reading the answer; UndamError `bad-option` for an invalid answer
 */
export function readMemories(answer: Memories, ids: readonly string[]): Memories {
  const memories = new Map<string, Memory>();
  if (answer.size === 0) return memories;
  for (const id of ids) {
    const memory = answer.get(id);
    if (memory !== undefined) memories.set(id, readMemory(memory));
  }
  return memories;
}

/** The same for the other records in the answer. Unreadable ones are left out: they cost an event, not the batch. */
export function readOthers(answer: Memories, ids: readonly string[]): Memories {
  const delivered = new Set(ids);
  const others = new Map<string, Memory>();
  for (const [id, memory] of answer) {
    if (!delivered.has(id) && states.has(memory?.state)) others.set(id, readMemory(memory));
  }
  return others;
}

/** @throws UndamError `bad-option` for a memory of unknown state */
export function readMemory(memory: Memory): Memory {
  const { state, firstFailedAt, verdict, suspect, reported, answered, mayGoOn } = memory;
  if (!states.has(state)) {
    throw new UndamError('bad-option', 'the ledger broke its contract: it answered a memory of unknown state');
  }
  const attempts: Partial<AttemptCounts> | undefined = memory.attempts;
  const known = readVerdict(verdict);
  return {
    state: state === 'pending' && known === undefined ? 'open' : state,
    attempts: countsBy((name) => readCount(attempts?.[name])),
    ...(typeof reported?.key === 'string' && { reported: { times: readCount(reported.times), key: reported.key } }),
    ...(Number.isFinite(firstFailedAt) && { firstFailedAt: firstFailedAt! }),
    ...(known !== undefined && { verdict: known }),
    ...((suspect === 'alone' || suspect === 'later') && { suspect }),
    ...((answered === 'lost' || answered === 'unconfirmed') && { answered, ...(mayGoOn === true && { mayGoOn }) }),
  };
}

/** A valid verdict; `undefined` for one of a later version, in which case the record is judged again. */
function readVerdict(verdict: Partial<Verdict> | undefined): Verdict | undefined {
  const { reason, stage, error } = verdict ?? {};
  if (reason === undefined || !quarantineReasons.includes(reason)) return undefined;
  if ((stage !== 'decode' && stage !== 'handler') || error === undefined) return undefined;
  return { reason, stage, error: keepError(error) };
}

function readCount(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, value as number) : 0;
}
