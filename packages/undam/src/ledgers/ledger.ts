import type { CheckScope, Problem } from '../base/problem.ts';
import type { AttemptCounts, KeptError } from '../envelope/envelope.ts';
import type { QuarantineReason } from '../envelope/reasons.ts';

/**
 * The memory of a batch between its deliveries. A ledger identifies records by exact id, never by position, count or range:
 * between two deliveries Lambda drops expired records, halves the batch and interleaves sub-shards. An id is a string without
 * spaces, unique within the key: the sequence number, or `<sequence number>/<member>` for a record that shares its number, such
 * as a user record of a KPL aggregate that Lambda took apart.
 *
 * Both calls may return a value or a promise. A call that throws, rejects or takes too long costs the memory, never a record: the
 * engine continues with an empty ledger and emits `ledger-failed`.
 *
 * All calls of one invocation receive the same key object, by which a ledger can tell concurrent invocations apart.
 */
export interface Ledger {
  /**
   * True if `recall` leaves a claim on the batch that outlives the environment. The engine then calls `remember` at the end of
   * each invocation, if only to close the claim.
   *
   * @default false
   */
  readonly claims?: boolean;
  /** True if all execution environments of the function share the ledger, so that it sees every delivery. @default false */
  readonly isShared?: boolean;
  /**
   * Returns the memories of these records, including the suspects of dead processes; omits unknown records. May add other records
   * of the key: unresolved ones that are `reported`, for the event `passed-unresolved`; and those with the same sequence numbers,
   * because equal members of a unit change their ids when the unit is cut. Called once per invocation.
   */
  recall(key: LedgerKey, ids: readonly string[]): Memories | Promise<Memories>;
  /**
   * Merges the changes of one invocation. `undefined` forgets a record; for other records attempts become the maximum of both
   * sides, and a record that either side has resolved stays resolved. Keeps records that are not named, resolved ones too: bisect
   * delivers them after the failed part. The engine forgets by name the records that a response has passed. If no record of the
   * entry is unresolved, the ledger itself forgets the rest after 15 minutes or slightly more, so that a deliberate replay runs.
   *
   * @param passed the records that the answer passes; replaces their claim. Absent if the invocation fails as a whole or
   *   withdraws its answer
   */
  remember(
    key: LedgerKey,
    changes: ReadonlyMap<string, Memory | undefined>,
    passed?: readonly string[],
  ): void | Promise<void>;
  /** Opens the marks of one invocation. Only for a ledger with a store that survives the death of the process. */
  mark?(key: LedgerKey): Marks;
  /**
   * Checks that the ledger can remember: loads and configures its client, and returns the problems found. A rejection counts as a
   * problem.
   */
  check?(scope: CheckScope): readonly Problem[] | Promise<readonly Problem[]>;
}

/**
 * The trace of a running invocation, in case its process dies. Every call is synchronous and takes a few microseconds. Marks that
 * were never closed, and belong to a dead process or thread, show a crash to the next `recall`, which makes suspects of the
 * running records.
 */
export interface Marks {
  /** True after a recent death: the engine marks each start. Without these marks a crash makes no suspects. */
  readonly everyStart: boolean;
  /**
   * Marks a start of the handler on a record. Death before the record's next mark makes it a suspect, and charges it if it ran
   * alone and no other invocation of the process was running records.
   *
   * @param attempts including this start
   * @param alone the record is a suspect, and nothing else is in flight in this process
   */
  started(id: string, attempts: AttemptCounts, alone: boolean): void;
  /** Marks records as done. */
  done(ids: readonly string[]): void;
  /**
   * Marks a failed attempt, or a quarantine that the sink has acknowledged.
   *
   * @param running the attempt timed out and has not settled, so it may still kill the process
   */
  learned(id: string, memory: Memory, running: boolean): void;
  /**
   * Marks the answer as fixed but not yet sent. No record is to blame for a later death: the next `recall` of the passed records
   * returns them as resolved and `answered`. Called again when the answer changes to pass fewer records.
   *
   * @param done further records that are done
   * @param behind the records from the checkpoint on; the answer passes all other records that are done or quarantined
   */
  answered(done: readonly string[], behind: readonly string[]): void;
  /** Marks the answer as withdrawn, possibly after `close`: Lambda delivers the passed records again, and they must run. */
  withdraw(): void;
  /**
   * Ends the marks of an invocation whose changes `remember` has received. The answer's marks remain until another invocation of
   * this process opens its own: by then the answer has left.
   */
  close(): void;
}

/** The owner of a memory. Two functions on one stream share none. */
export interface LedgerKey {
  /** The ARN by which the function was invoked. */
  readonly functionArn: string;
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId: string | undefined;
}

/** The memories, by id. */
export type Memories = ReadonlyMap<string, Memory>;

/** The memory of one record. */
export interface Memory {
  /** `open`: unresolved, with its charged attempts. `pending`: due for quarantine, not yet acknowledged by a sink. */
  readonly state: 'open' | 'pending' | 'done' | 'quarantined';
  readonly attempts: AttemptCounts;
  /** Epoch milliseconds. */
  readonly firstFailedAt?: number;
  /** The content of the envelope, while the quarantine is pending. */
  readonly verdict?: Verdict;
  /** The number of responses that have reported the record while it was unresolved, and a digest of its key. */
  readonly reported?: { readonly times: number; readonly key: string };
  /**
   * Set if the record may have killed its process. `alone`: it must run with nothing else in flight. `later`: earlier suspects
   * come first, and the invocation ends before it.
   */
  readonly suspect?: 'alone' | 'later';
  /**
   * Set if the record comes again although an answer had passed it. `lost`: the answer was lost with its process. `unconfirmed`:
   * the process may be alive. On a suspect: the process died after its answer.
   */
  readonly answered?: 'lost' | 'unconfirmed';
  /** Present beside `answered` for a record of the last unit of its batch: the next batch may hold an equal one. */
  readonly mayGoOn?: true;
}

/** The grounds of a quarantine. */
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
 * True for a suspect that must be the first record of its batch: it waits for its turn, or has died alone before. The response
 * before it saves the finished records, and the mapping restarts its count of retries.
 */
export function mustLead({ suspect, attempts }: Memory): boolean {
  return suspect === 'later' || (suspect === 'alone' && attempts.crashed > 0);
}

/** True for an unresolved record that a response has reported. */
export function isReported({ state, reported }: Memory): boolean {
  return reported !== undefined && (state === 'open' || state === 'pending');
}
