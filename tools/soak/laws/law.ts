import type { GuardPlan } from '../scenario/scenario.ts';
import type { AttemptSight, InvocationSight, MessageSight, RecordSight, StartSight } from '../sights/sights.ts';

/** The surroundings of an observation, for the laws. */
export interface Surroundings {
  readonly guard: GuardPlan;
  now(): number;
  /** Milliseconds that the event loop has stood still so far, without those that the engine may miss. */
  stoodStillMs(): number;
  /** The number of stand-stills. */
  standStills(): number;
  /** The end of the last one; -Infinity if there was none. */
  stoodStillUntil(): number;
}

/** A start whose handler is called, with the handler's arguments. */
export interface CallSight {
  readonly start: StartSight;
  readonly told: AttemptSight;
}

/** An event says that an answer that had passed a record was lost. */
export interface ToldOfLoss {
  readonly record: RecordSight;
  /** True if the event also says that a process died with the answer. */
  readonly isCertain: boolean;
}

/** A law, checked from outside at each observation. Returns the problem that broke it. */
export interface Law {
  /** A record starts, in its decoder if it has one. */
  readonly started?: (start: StartSight, around: Surroundings) => string | undefined;
  /** The handler is called for a start, after the decoder if it has one. */
  readonly called?: (call: CallSight, around: Surroundings) => string | undefined;
  /** The signal of a start is aborted. */
  readonly aborted?: (start: StartSight, around: Surroundings) => string | undefined;
  /** A start has ended: Undam must charge it, and its process must remember that. */
  readonly charged?: (start: StartSight, around: Surroundings) => string | undefined;
  /** The sink is given a record. */
  readonly sent?: (message: MessageSight, around: Surroundings) => string | undefined;
  readonly toldOfLoss?: (told: ToldOfLoss, around: Surroundings) => string | undefined;
  /** An event says that Lambda has moved past these unresolved records of one number. The ledger has had no trouble. */
  readonly toldOfPassed?: (records: readonly RecordSight[], around: Surroundings) => string | undefined;
  /** An invocation ended. */
  readonly answered?: (invocation: InvocationSight, around: Surroundings) => string | undefined;
  /** The mapping moved its checkpoint past a record because it counts as processed. */
  readonly passed?: (record: RecordSight, around: Surroundings) => string | undefined;
  /** Every record has been passed in order, and a ledger without trouble still knows these. */
  readonly known?: (sequenceNumbers: readonly string[], around: Surroundings) => string | undefined;
  /** All faults have healed, and every record has had its time. */
  readonly left?: (records: readonly RecordSight[], around: Surroundings) => string | undefined;
}
