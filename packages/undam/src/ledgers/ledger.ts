import type { CheckScope, Problem } from '../base/problem.ts';
import type { AttemptCounts, KeptError } from '../envelope/envelope.ts';
import type { QuarantineReason } from '../envelope/reasons.ts';

/**
 * What is remembered of a batch between its deliveries. A ledger speaks of records by exact id, never by position, count
 * or range: between two deliveries Lambda drops expired records, halves the batch and interleaves sub-shards. An id is a
 * string without spaces that no other record of the key has: the sequence number, or `<sequence number>/<member>` for what
 * shares its number with others, such as a user record of a KPL aggregate that Lambda took apart.
 *
 * Both calls may answer at once or with a promise. A call that throws, rejects or takes too long costs the memory, never
 * a record: the engine goes on with an empty ledger and says so in a `ledger-failed` event.
 *
 * All calls of one invocation get the same key object, by which a ledger can tell it from another that runs beside it.
 */
export interface Ledger {
  /**
   * Whether `recall` leaves a claim of the batch, which outlives the environment: `remember` is then called at the end of
   * each invocation, if only to close the claim.
   */
  readonly claims?: boolean;
  /** Whether all execution environments of the function share it: what it has not seen has not happened. @default false */
  readonly isShared?: boolean;
  /**
   * What is known of these records, those that a dead process left as suspects included. Unknown ones are absent from
   * the answer. It may have others of the key: those that are unresolved and `reported`, because what of them Lambda has
   * moved past is told by the event `passed-unresolved`; and those of the same sequence numbers, because equal members of a unit
   * have other ids once it is cut. Called once in an invocation.
   */
  recall(key: LedgerKey, ids: readonly string[]): Memories | Promise<Memories>;
  /**
   * Merges what one invocation learned: `undefined` forgets a record; otherwise attempts become the maximum of both,
   * and a record that either side knows as resolved stays resolved. Records that are not named are kept, resolved ones
   * too: bisect delivers them after the part that failed. The engine forgets by name what it knows of records that a
   * response has passed; where nothing in the entry of `key` is unresolved, the ledger itself forgets the rest after 15 minutes
   * or some more, so that a deliberate replay runs.
   *
   * @param passed the records that the answer passes, where there is to be one: what a claim of them says from now on.
   *   Absent, the invocation fails as a whole, or its answer is taken back
   */
  remember(
    key: LedgerKey,
    changes: ReadonlyMap<string, Memory | undefined>,
    passed?: readonly string[],
  ): void | Promise<void>;
  /** Opens the marks of one invocation, where there is a place for them that survives the death of the process. */
  mark?(key: LedgerKey): Marks;
  /** Whether it could remember: loads and configures what it needs, and answers what is wrong. A rejection is a problem, too. */
  check?(scope: CheckScope): readonly Problem[] | Promise<readonly Problem[]>;
}

/**
 * What one invocation leaves behind as it goes on, for the case that its process dies. All of it is synchronous and
 * costs a few microseconds. Marks that were never closed, and whose process and thread do not live any more, are what the
 * next `recall` finds a crash in; it makes suspects of the records that were running.
 */
export interface Marks {
  /** Something died here lately: each start is to be marked. Elsewhere none is, and a crash makes no suspects. */
  readonly everyStart: boolean;
  /**
   * A start of the handler on a record. Dying before the next mark of that record makes it a suspect, and charges it
   * where it ran alone, unless something of the same process ran in another invocation.
   *
   * @param attempts with this start counted
   * @param alone it is a suspect, and nothing else is in flight in this process
   */
  started(id: string, attempts: AttemptCounts, alone: boolean): void;
  /** These are done. */
  done(ids: readonly string[]): void;
  /**
   * A failed attempt, or a quarantine that the sink has acknowledged.
   *
   * @param running the attempt was timed out and has not settled: it may yet kill the process
   */
  learned(id: string, memory: Memory, running: boolean): void;
  /**
   * The answer is fixed, and has not left yet. A death from here on is nobody's fault: the next `recall` of the records
   * that the answer passes says that they are resolved, and `answered`. Called again where the answer is made to pass less.
   *
   * @param done these are done, too
   * @param behind the records from the checkpoint on: of those that are done or quarantined the answer passes all others
   */
  answered(done: readonly string[], behind: readonly string[]): void;
  /** The answer is taken back, perhaps after `close`: what it has passed comes again, and is to run. */
  withdraw(): void;
  /**
   * The invocation has ended in order. What it marked is forgotten: `remember` has been told what is to be kept. What was
   * answered stays until another invocation of this process opens its marks: by then the answer has left.
   */
  close(): void;
}

/** Whose memory it is. Two functions on one stream never share any. */
export interface LedgerKey {
  /** The ARN the function was invoked by. */
  readonly functionArn: string;
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId: string | undefined;
}

/** By id. */
export type Memories = ReadonlyMap<string, Memory>;

/** What is remembered of one record. */
export interface Memory {
  /** `open`: unresolved, with the attempts it was charged; `pending`: to be quarantined, not yet acknowledged by a sink. */
  readonly state: 'open' | 'pending' | 'done' | 'quarantined';
  readonly attempts: AttemptCounts;
  /** Epoch milliseconds. */
  readonly firstFailedAt?: number;
  /** Present while the quarantine is pending: what its envelope will say. */
  readonly verdict?: Verdict;
  /** Responses that have reported it while it was unresolved, and a digest of its key. */
  readonly reported?: { readonly times: number; readonly key: string };
  /**
   * It may have killed the process that it ran in. `alone`: it is to run with nothing else in flight. `later`: the suspects
   * before it come first, and the invocation ends before it.
   */
  readonly suspect?: 'alone' | 'later';
  /**
   * An answer had passed it, and yet it has come again: the answer was `lost` with the process that gave it, or it is
   * `unconfirmed` whether that has died. Of a suspect: the death that made it one came behind its answer.
   */
  readonly answered?: 'lost' | 'unconfirmed';
  /** Present beside `answered`: it was of the last unit of its batch, of which the next batch may have an equal record. */
  readonly mayGoOn?: true;
}

/** Why a record is to be quarantined. */
export interface Verdict {
  readonly reason: QuarantineReason;
  readonly stage: 'decode' | 'handler';
  readonly error: KeptError;
}

/** True for a record that needs no further delivery. */
export function isResolved(memory: Memory): boolean {
  return memory.state === 'done' || memory.state === 'quarantined';
}

/**
 * Whether a suspect runs only as first record of a batch: one that is not its turn, and one that has died alone. The
 * response before it banks what is done, and the mapping counts its retries anew.
 */
export function mustLead({ suspect, attempts }: Memory): boolean {
  return suspect === 'later' || (suspect === 'alone' && attempts.crashed > 0);
}

/** Whether a response has reported the record, and it is unresolved. */
export function isReported({ state, reported }: Memory): boolean {
  return reported !== undefined && (state === 'open' || state === 'pending');
}
