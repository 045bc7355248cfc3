import { Map } from '../../base/intrinsics.ts';
import { charges, type History, historyOf, memoryOf, noAttempts } from '../../ledgers/history.ts';
import { isResolved, type Memories, type Memory, mustLead } from '../../ledgers/ledger.ts';
import type { Batch } from '../../streams/batch.ts';
import type { Outcome } from '../../streams/response.ts';
import type { Recall } from '../recall/recall.ts';
import { keyDigest } from '../recall/redeliveries.ts';

const doneMemory: Memory = { state: 'done', attempts: noAttempts };
const untouched: Memory = { state: 'open', attempts: noAttempts };

const nothingRecalled = { memories: new Map(), outdated: new Map() };

/** Reported records of one response whose return is looked for: more would say no more, and take room in the ledger. */
const maxFollowed = 100;

/**
 * What has become of each record of a batch, and so what is to be reported and remembered. It keeps more than an outcome
 * only of records that failed or that the ledger knew.
 */
export class BatchState {
  readonly #batch: Batch;
  readonly #memories: Memories;
  readonly #outcomes: Outcome[];
  readonly #histories = new Map<number, History>();
  /**
   * The record that a response has to move: the first of the batch, or in the unit that is first the first unresolved one. One that
   * was done, and runs again because an equal one may have been meant, moves nothing.
   */
  readonly head: number;
  #started = 0;

  /**
   * @param memories of the batch's records, as the ledger has them
   * @param outdated ids whose memories may be of equal records
   */
  constructor(batch: Batch, { memories, outdated }: Pick<Recall, 'memories' | 'outdated'> = nothingRecalled) {
    this.#batch = batch;
    this.#memories = memories;
    this.#outcomes = new Array<Outcome>(batch.records.length).fill('deferred');
    if (memories.size > 0) this.#applyKnown();
    const first = batch.units?.get(batch.sequenceNumbers[0]!) ?? [];
    const unresolved = first.filter((index) => !this.isResolved(index));
    this.head = unresolved.find((index) => !outdated.has(batch.ids[index]!)) ?? unresolved[0] ?? 0;
  }

  /** What was resolved before is resolved, whether or not the budget lasts until its turn. */
  #applyKnown(): void {
    for (const [index, id] of this.#batch.ids.entries()) {
      const state = this.#memories.get(id)?.state;
      if (state === 'done' || state === 'quarantined') this.#outcomes[index] = state;
    }
  }

  /** How often the handler has been started on a record. */
  get started(): number {
    return this.#started;
  }

  countStart(): void {
    this.#started++;
  }

  outcome(index: number): Outcome {
    return this.#outcomes[index]!;
  }

  become(index: number, outcome: Outcome): void {
    this.#outcomes[index] = outcome;
  }

  isResolved(index: number): boolean {
    const outcome = this.#outcomes[index];
    return outcome === 'done' || outcome === 'quarantined';
  }

  /** The records to be delivered again, in batch order. */
  unresolved(): number[] {
    const indexes: number[] = [];
    for (let index = 0; index < this.#outcomes.length; index++) if (!this.isResolved(index)) indexes.push(index);
    return indexes;
  }

  /** Where the response's checkpoint stands: all of a unit comes again with any of it. The batch's length where nothing is unresolved. */
  get checkpoint(): number {
    const { sequenceNumbers, units } = this.#batch;
    const first = this.#outcomes.findIndex((_, index) => !this.isResolved(index));
    if (first < 0) return sequenceNumbers.length;
    return units?.get(sequenceNumbers[first]!)?.[0] ?? first;
  }

  tally(): Record<Outcome, number> {
    const tally: Record<Outcome, number> = { done: 0, quarantined: 0, failed: 0, deferred: 0, held: 0 };
    for (const outcome of this.#outcomes) tally[outcome]++;
    return tally;
  }

  /** What the ledger knew of the record when the batch was delivered. */
  known(index: number): Memory | undefined {
    return this.#memories.size === 0 ? undefined : this.#memories.get(this.#batch.ids[index]!);
  }

  /** How many records were resolved before. */
  remembered(): number {
    if (this.#memories.size === 0) return 0;
    const known = this.#batch.ids.map((id) => this.#memories.get(id));
    return known.filter((memory) => memory !== undefined && isResolved(memory)).length;
  }

  /** The records that may have killed the process that they ran in, in batch order. */
  suspects(): number[] {
    if (this.#memories.size === 0) return [];
    const suspects: number[] = [];
    for (const [index, id] of this.#batch.ids.entries())
      if (this.#memories.get(id)?.suspect !== undefined && !this.isResolved(index)) suspects.push(index);
    return suspects;
  }

  /** Whether the invocation has to end before a suspect. @param zombies beside which its death would be pinned on nobody */
  endsBefore(index: number, zombies: number): boolean {
    if (index === this.head) return false;
    const memory = this.known(index);
    const { sequenceNumbers } = this.#batch;
    // To end before a member of the first unit would bank nothing: all of it comes again.
    const isOfFirst = sequenceNumbers[index] === sequenceNumbers[0];
    if (zombies > 0 || memory === undefined) return zombies > 0;
    return isOfFirst ? memory.suspect === 'later' : mustLead(memory);
  }

  /** Whether an earlier start on the record was given back. */
  wasGivenBack(index: number): boolean {
    return this.givenBack(index) > 0;
  }

  /** Starts in earlier deliveries that were not charged. */
  givenBack(index: number): number {
    const memory = this.known(index);
    return memory?.state === 'open' ? Math.max(0, memory.attempts.started - charges(memory.attempts)) : 0;
  }

  /** What has happened to a record that failed or was recalled, as far as anybody has asked. */
  history(index: number): History | undefined {
    return this.#histories.size === 0 ? undefined : this.#histories.get(index);
  }

  /** The same, begun with what the ledger knew where there is none yet. */
  historyOf(index: number): History {
    const begun = this.history(index);
    if (begun !== undefined) return begun;
    const history = historyOf(this.known(index));
    this.#histories.set(index, history);
    return history;
  }

  /** How many attempts the record has been charged. */
  charges(index: number): number {
    const history = this.history(index);
    return history === undefined ? 0 : charges(history);
  }

  /** What there is to remember of the record. */
  memory(index: number): Memory | undefined {
    const outcome = this.#outcomes[index];
    const history = this.history(index);
    if (history === undefined) return outcome === 'done' ? doneMemory : this.#stillKnown(index);
    if (outcome === 'done' || outcome === 'quarantined') return memoryOf(history, outcome);
    return memoryOf(history, history.verdict ? 'pending' : 'open');
  }

  /** What was known of a record on which nothing started: nothing where somebody has reopened it. */
  #stillKnown(index: number): Memory | undefined {
    const known = this.known(index);
    return known !== undefined && isResolved(known) && !this.isResolved(index) ? undefined : known;
  }

  /** The same where something has to be said: of a record that nobody knew, that it is open. */
  memoryToMark(index: number): Memory {
    return this.memory(index) ?? untouched;
  }

  /** A response names what is unresolved; of the first records of which there is something to remember, that is remembered, too. */
  report(): void {
    for (const index of this.unresolved().slice(0, maxFollowed)) {
      const key = this.#batch.partitionKeys[index];
      if (key === undefined || this.memory(index) === undefined) continue;
      const history = this.historyOf(index);
      history.reported = { times: (history.reported?.times ?? 0) + 1, key: history.reported?.key ?? keyDigest(key) };
    }
  }

  /** What was known of records before a checkpoint that were resolved when the batch was delivered. */
  knownBefore(checkpoint: number): Memories {
    const known = new Map<string, Memory>();
    if (this.#memories.size === 0) return known;
    for (const id of this.#batch.ids.slice(0, checkpoint)) {
      const memory = this.#memories.get(id);
      if (memory !== undefined && isResolved(memory)) known.set(id, memory);
    }
    return known;
  }

  /**
   * What the ledger is to learn, for a response whose checkpoint is at `checkpoint` (0 where the invocation fails as a
   * whole, the batch's length where nothing is unresolved): records before it do not come again and are forgotten.
   */
  changes(checkpoint: number): Map<string, Memory | undefined> {
    const changes = new Map<string, Memory | undefined>();
    const { ids } = this.#batch;
    if (checkpoint === ids.length && this.#memories.size === 0) return changes;
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index]!;
      const memory = index < checkpoint ? undefined : this.memory(index);
      if (memory !== undefined || this.#memories.has(id)) changes.set(id, memory);
    }
    return changes;
  }

  /** The same after the response was lost: what was done now will be delivered, and has to run, again. */
  changesWithoutDone(): Map<string, Memory | undefined> {
    const changes = this.changes(0);
    for (const index of this.#doneNow()) {
      const history = this.history(index);
      changes.set(this.#batch.ids[index]!, history === undefined ? untouched : memoryOf(history, 'open'));
    }
    return changes;
  }

  /** Somebody else says that a record that was done has to be delivered again. */
  reopen(index: number): void {
    this.become(index, 'deferred');
  }

  /** The response is lost: what was done now is to be delivered again. Answers the ids of that. */
  reopenDone(): string[] {
    const indexes = this.#doneNow();
    for (const index of indexes) this.reopen(index);
    return indexes.map((index) => this.#batch.ids[index]!);
  }

  /** What was done in this invocation. */
  #doneNow(): number[] {
    return [...this.#outcomes.keys()].filter(
      (index) => this.#outcomes[index] === 'done' && this.known(index)?.state !== 'done',
    );
  }
}
