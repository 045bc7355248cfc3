import { Map } from '../../base/intrinsics.ts';
import { charges, type History, historyOf, memoryOf, noAttempts } from '../../ledgers/history.ts';
import { isResolved, type Memories, type Memory } from '../../ledgers/ledger.ts';
import type { Batch } from '../../streams/read-batch.ts';
import type { Outcome } from '../../streams/response.ts';
import { keyDigest } from '../recall/passed-unresolved.ts';
import type { Recall } from '../recall/recall.ts';

const doneMemory: Memory = { state: 'done', attempts: noAttempts };
const untouched: Memory = { state: 'open', attempts: noAttempts };

const nothingRecalled = { memories: new Map(), outdated: new Map() };

/** Reported records per response whose return the engine follows: more would add no evidence, and take room in the ledger. */
const maxFollowed = 100;

/**
 * The outcome of each record of a batch, from which the response and the memories are made. It keeps more than an outcome only
 * for records that failed or that the ledger knew.
 */
export class BatchState {
  readonly #batch: Batch;
  readonly #memories: Memories;
  readonly #outcomes: Outcome[];
  readonly #histories = new Map<number, History>();
  /**
   * The record that a response must move: the first of the batch, or the first unresolved one of the first unit. A record that
   * was done, and runs again only because its memory may belong to an equal one, moves nothing.
   */
  readonly head: number;
  #started = 0;

  /**
   * @param memories the ledger's, of the batch's records
   * @param outdated ids whose memories may belong to equal records
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

  /** A record that was resolved before stays so, even if the budget ends before its turn. */
  #applyKnown(): void {
    for (const [index, id] of this.#batch.ids.entries()) {
      const state = this.#memories.get(id)?.state;
      if (state === 'done' || state === 'quarantined') this.#outcomes[index] = state;
    }
  }

  /** The number of starts of the handler on a record. */
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

  /** The records that Lambda must deliver again, in batch order. */
  unresolved(): number[] {
    const indexes: number[] = [];
    for (let index = 0; index < this.#outcomes.length; index++) if (!this.isResolved(index)) indexes.push(index);
    return indexes;
  }

  /** The index of the checkpoint, or the batch's length: any unresolved member brings its whole unit again. */
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

  /** The ledger's memory of the record when the batch was delivered. */
  known(index: number): Memory | undefined {
    return this.#memories.size === 0 ? undefined : this.#memories.get(this.#batch.ids[index]!);
  }

  /** The number of records that were resolved before. */
  remembered(): number {
    if (this.#memories.size === 0) return 0;
    const known = this.#batch.ids.map((id) => this.#memories.get(id));
    return known.filter((memory) => memory !== undefined && isResolved(memory)).length;
  }

  /** The records that may have killed their process, in batch order. */
  suspects(): number[] {
    if (this.#memories.size === 0) return [];
    const suspects: number[] = [];
    for (const [index, id] of this.#batch.ids.entries())
      if (this.#memories.get(id)?.suspect !== undefined && !this.isResolved(index)) suspects.push(index);
    return suspects;
  }

  /** True if an earlier start on the record was given back. */
  wasGivenBack(index: number): boolean {
    return this.givenBack(index) > 0;
  }

  /** The number of starts in earlier deliveries that were not charged. */
  givenBack(index: number): number {
    const memory = this.known(index);
    return memory?.state === 'open' ? Math.max(0, memory.attempts.started - charges(memory.attempts)) : 0;
  }

  /** The history of a record, if {@link historyOf} has begun one. */
  history(index: number): History | undefined {
    return this.#histories.size === 0 ? undefined : this.#histories.get(index);
  }

  /** The history of a record, begun on first use from the ledger's memory. */
  historyOf(index: number): History {
    const begun = this.history(index);
    if (begun !== undefined) return begun;
    const history = historyOf(this.known(index));
    this.#histories.set(index, history);
    return history;
  }

  /** The number of attempts charged to the record. */
  charges(index: number): number {
    const history = this.history(index);
    return history === undefined ? 0 : charges(history);
  }

  /** The memory to keep of the record. */
  memory(index: number): Memory | undefined {
    const outcome = this.#outcomes[index];
    const history = this.history(index);
    if (history === undefined) return outcome === 'done' ? doneMemory : this.#stillKnown(index);
    if (outcome === 'done' || outcome === 'quarantined') return memoryOf(history, outcome);
    return memoryOf(history, history.verdict ? 'pending' : 'open');
  }

  /** The ledger's memory of a record on which nothing started; none if the record was reopened. */
  #stillKnown(index: number): Memory | undefined {
    const known = this.known(index);
    return known !== undefined && isResolved(known) && !this.isResolved(index) ? undefined : known;
  }

  /** The same for a mark: a record without a memory is open. */
  memoryToMark(index: number): Memory {
    return this.memory(index) ?? untouched;
  }

  /** Counts the report of unresolved records in their memories: of the first ones, and only of those that have a memory. */
  report(): void {
    for (const index of this.unresolved().slice(0, maxFollowed)) {
      const key = this.#batch.partitionKeys[index];
      if (key === undefined || this.memory(index) === undefined) continue;
      const history = this.historyOf(index);
      history.reported = { times: (history.reported?.times ?? 0) + 1, key: history.reported?.key ?? keyDigest(key) };
    }
  }

  /** The memories of records before a checkpoint that were already resolved when the batch was delivered. */
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
   * The changes for the ledger after a response with this checkpoint (0 if the invocation fails as a whole, the batch's length if
   * nothing is unresolved). Records before it do not come again and are forgotten.
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

  /** The same after the response was lost: Lambda delivers the records done in this invocation again, and they must run. */
  changesWithoutDone(): Map<string, Memory | undefined> {
    const changes = this.changes(0);
    for (const index of this.#doneNow()) {
      const history = this.history(index);
      changes.set(this.#batch.ids[index]!, history === undefined ? untouched : memoryOf(history, 'open'));
    }
    return changes;
  }

  /** Reopens a done record: another party has reported it, or the response is lost. */
  reopen(index: number): void {
    this.become(index, 'deferred');
  }

  /** Reopens the records done in this invocation, because the response is lost. Returns their ids. */
  reopenDone(): string[] {
    const indexes = this.#doneNow();
    for (const index of indexes) this.reopen(index);
    return indexes.map((index) => this.#batch.ids[index]!);
  }

  /** The records done in this invocation. */
  #doneNow(): number[] {
    return [...this.#outcomes.keys()].filter(
      (index) => this.#outcomes[index] === 'done' && this.known(index)?.state !== 'done',
    );
  }
}
