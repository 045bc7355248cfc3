import type { GuardPlan } from '../scenario/scenario.ts';
import type { AttemptSight, InvocationSight, MessageSight, RecordSight, StartSight } from '../sights/sights.ts';

/** The surroundings of an observation, for the laws. */
export interface Surroundings {
  readonly guard: GuardPlan;
  now(): number;
  /** How long the event loop has stood still so far, without what may go unseen. */
  stoodStillMs(): number;
  /** How often it has. */
  standStills(): number;
  /** When it last did, until then; -Infinity if it never has. */
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
  /** It says, too, that a process has died with the answer. */
  readonly isCertain: boolean;
}

/** A law, checked from outside at each observation. Answers the problem that broke it. */
export interface Law {
  /** A record starts, in its decoder where it has one. */
  readonly started?: (start: StartSight, around: Surroundings) => string | undefined;
  /** The handler is called for a start, behind its decoder where there is one. */
  readonly called?: (call: CallSight, around: Surroundings) => string | undefined;
  /** The signal of a start is aborted. */
  readonly aborted?: (start: StartSight, around: Surroundings) => string | undefined;
  /** A start has ended and has to be charged, and its process has to remember it. */
  readonly charged?: (start: StartSight, around: Surroundings) => string | undefined;
  /** The sink is given a record. */
  readonly sent?: (message: MessageSight, around: Surroundings) => string | undefined;
  readonly toldOfLoss?: (told: ToldOfLoss, around: Surroundings) => string | undefined;
  /** An event says that Lambda has moved past these, of one number, although they are unresolved. Nothing has gone wrong with the ledger. */
  readonly toldOfPassed?: (records: readonly RecordSight[], around: Surroundings) => string | undefined;
  /** An invocation ended. */
  readonly answered?: (invocation: InvocationSight, around: Surroundings) => string | undefined;
  /** The mapping moved its checkpoint past a record because it counts as processed. */
  readonly passed?: (record: RecordSight, around: Surroundings) => string | undefined;
  /** Every record has been passed in order, and a ledger without trouble still knows these. */
  readonly known?: (sequenceNumbers: readonly string[], around: Surroundings) => string | undefined;
  /** Everything has healed, and had its time. */
  readonly left?: (records: readonly RecordSight[], around: Surroundings) => string | undefined;
}
