import type { Batch } from './batch.ts';
import { charges, type History, historyOf, memoryOf, noAttempts } from './history.ts';
import { Map } from './intrinsics.ts';
import { isResolved, type Memories, type Memory, mustLead } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { keyDigest } from './reported.ts';

const doneMemory: Memory = { state: 'done', attempts: noAttempts };
const untouched: Memory = { state: 'open', attempts: noAttempts };

/** Reported records of one response whose return is looked for: more would say no more, and take room in the ledger. */
const followedMost = 100;

/**
 * What has become of each record of a batch, and so what is to be reported and remembered. It keeps more than an outcome
 * only of records that failed or that the ledger knew.
 */
export interface Fates {
  /** The record that a response has to move: the first of the batch, or in the unit that is first the first unresolved one. */
  readonly head: number;
  /** How often the handler has been started on a record. */
  readonly started: number;
  countStart(): void;
  outcome(index: number): Outcome;
  become(index: number, outcome: Outcome): void;
  isResolved(index: number): boolean;
  /** The records to be delivered again, in batch order. */
  unresolved(): number[];
  /** Where the response's checkpoint stands: all of a unit comes again with any of it. The batch's length where nothing is unresolved. */
  readonly checkpoint: number;
  tally(): Record<Outcome, number>;
  /** What the ledger knew of the record when the batch was delivered. */
  known(index: number): Memory | undefined;
  /** How many records were resolved before. */
  remembered(): number;
  /** The records that may have killed the process that they ran in, in batch order. */
  suspects(): number[];
  /** Whether the invocation has to end before a suspect. @param zombies beside which its death would be pinned on nobody */
  endsBefore(index: number, zombies: number): boolean;
  /** Whether an earlier start on the record was given back. */
  wasGivenBack(index: number): boolean;
  /** Starts in earlier deliveries that were not charged. */
  givenBack(index: number): number;
  /** What has happened to a record that failed or was recalled, as far as anybody has asked. */
  history(index: number): History | undefined;
  /** The same, begun with what the ledger knew where there is none yet. */
  historyOf(index: number): History;
  /** How many attempts the record has been charged. */
  charges(index: number): number;
  /** What there is to remember of the record, where something has to be said: of one that nobody knew, that it is open. */
  memoryToMark(index: number): Memory;
  /** A response names what is unresolved; of the first records of which there is something to remember, that is remembered, too. */
  report(): void;
  /** What was known of records before a checkpoint that were resolved when the batch was delivered. */
  knownBefore(checkpoint: number): Memories;
  /**
   * What the ledger is to learn, for a response whose checkpoint is at `checkpoint` (0 where the invocation fails as a
   * whole, the batch's length where nothing is unresolved): records before it do not come again and are forgotten.
   */
  changes(checkpoint: number): Map<string, Memory | undefined>;
  /** The same after the response was lost: what was done now will be delivered, and has to run, again. */
  changesWithoutDone(): Map<string, Memory | undefined>;
  /** Somebody else says that a record that was done has to be delivered again. */
  reopen(index: number): void;
  /** The response is lost: what was done now is to be delivered again. Answers the ids of that. */
  reopenDone(): string[];
}

/** @param memories what the ledger knows of the batch */
export function fatesOf(batch: Batch, memories: Memories): Fates {
  const { ids, units, sequenceNumbers } = batch;
  const outcomes = new Array<Outcome>(ids.length).fill('deferred');
  /** Of the records that failed or were recalled, as far as anybody has asked. */
  const histories = new Map<number, History>();
  let started = 0;

  function known(index: number): Memory | undefined {
    return memories.size === 0 ? undefined : memories.get(ids[index]!);
  }

  function wasResolved(id: string): boolean {
    const memory = memories.get(id);
    return memory !== undefined && isResolved(memory);
  }

  function isResolvedNow(index: number): boolean {
    const outcome = outcomes[index];
    return outcome === 'done' || outcome === 'quarantined';
  }

  function unresolved(): number[] {
    const indexes: number[] = [];
    for (let index = 0; index < ids.length; index++) if (!isResolvedNow(index)) indexes.push(index);
    return indexes;
  }

  function historyIfAny(index: number): History | undefined {
    return histories.size === 0 ? undefined : histories.get(index);
  }

  function historyBegun(index: number): History {
    const begun = historyIfAny(index);
    if (begun !== undefined) return begun;
    const history = historyOf(known(index));
    histories.set(index, history);
    return history;
  }

  /** What there is to remember of the record. */
  function memory(index: number): Memory | undefined {
    const outcome = outcomes[index];
    const history = historyIfAny(index);
    if (history === undefined) return outcome === 'done' ? doneMemory : stillKnown(index);
    if (outcome === 'done' || outcome === 'quarantined') return memoryOf(history, outcome);
    return memoryOf(history, history.verdict ? 'pending' : 'open');
  }

  /** What was known of a record on which nothing started: nothing where somebody has reopened it. */
  function stillKnown(index: number): Memory | undefined {
    const memory = known(index);
    return memory !== undefined && isResolved(memory) && !isResolvedNow(index) ? undefined : memory;
  }

  function givenBack(index: number): number {
    const memory = known(index);
    return memory?.state === 'open' ? Math.max(0, memory.attempts.started - charges(memory.attempts)) : 0;
  }

  function changes(checkpoint: number): Map<string, Memory | undefined> {
    const changes = new Map<string, Memory | undefined>();
    if (checkpoint === ids.length && memories.size === 0) return changes;
    for (const [index, id] of ids.entries()) {
      const now = index < checkpoint ? undefined : memory(index);
      if (now !== undefined || memories.has(id)) changes.set(id, now);
    }
    return changes;
  }

  /** What was done in this invocation. */
  function doneNow(): number[] {
    return [...outcomes.keys()].filter((index) => outcomes[index] === 'done' && known(index)?.state !== 'done');
  }

  function reopen(index: number): void {
    outcomes[index] = 'deferred';
  }

  // What was resolved before is resolved, whether or not the budget lasts until its turn.
  if (memories.size > 0) {
    for (const [index, id] of ids.entries()) {
      const state = memories.get(id)?.state;
      if (state === 'done' || state === 'quarantined') outcomes[index] = state;
    }
  }
  const first = units?.get(sequenceNumbers[0]!) ?? [];
  const head = first.find((index) => !isResolvedNow(index)) ?? 0;

  return {
    head,

    get started() {
      return started;
    },

    countStart() {
      started++;
    },

    outcome: (index) => outcomes[index]!,

    become(index, outcome) {
      outcomes[index] = outcome;
    },

    isResolved: isResolvedNow,
    unresolved,

    get checkpoint() {
      const first = outcomes.findIndex((_, index) => !isResolvedNow(index));
      if (first < 0) return ids.length;
      return units?.get(sequenceNumbers[first]!)?.[0] ?? first;
    },

    tally() {
      const tally: Record<Outcome, number> = { done: 0, quarantined: 0, failed: 0, deferred: 0, held: 0 };
      for (const outcome of outcomes) tally[outcome]++;
      return tally;
    },

    known,
    remembered: () => (memories.size === 0 ? 0 : ids.filter(wasResolved).length),

    suspects() {
      if (memories.size === 0) return [];
      return unresolved().filter((index) => known(index)?.suspect !== undefined);
    },

    endsBefore(index, zombies) {
      if (index === head) return false;
      const memory = known(index);
      // To end before a member of the first unit would bank nothing: all of it comes again.
      const isBanked = sequenceNumbers[index] !== sequenceNumbers[0];
      return zombies > 0 || (isBanked && memory !== undefined && mustLead(memory));
    },

    wasGivenBack: (index) => givenBack(index) > 0,
    givenBack,
    history: historyIfAny,
    historyOf: historyBegun,

    charges(index) {
      const history = historyIfAny(index);
      return history === undefined ? 0 : charges(history);
    },

    memoryToMark: (index) => memory(index) ?? untouched,

    report() {
      for (const index of unresolved().slice(0, followedMost)) {
        const key = batch.partitionKeys[index];
        if (key === undefined || memory(index) === undefined) continue;
        const history = historyBegun(index);
        history.reported = { times: (history.reported?.times ?? 0) + 1, key: history.reported?.key ?? keyDigest(key) };
      }
    },

    knownBefore(checkpoint) {
      if (memories.size === 0) return memories;
      const resolved = ids.slice(0, checkpoint).filter(wasResolved);
      return new Map(resolved.map((id) => [id, memories.get(id)!]));
    },
    changes,

    changesWithoutDone() {
      const learned = changes(0);
      for (const index of doneNow()) {
        const history = historyIfAny(index);
        learned.set(ids[index]!, history === undefined ? untouched : memoryOf(history, 'open'));
      }
      return learned;
    },

    reopen,

    reopenDone() {
      const indexes = doneNow();
      for (const index of indexes) reopen(index);
      return indexes.map((index) => ids[index]!);
    },
  };
}
