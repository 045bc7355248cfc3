import type { Fence, InvocationEnd } from '@undam/simulator/parts';
import type { PlannedRecord } from '../scenario/scenario.ts';

/**
 * How a start on a record ended, as decoder and handler saw it. `permanent`: a rejection that no further attempt can mend,
 * `undecodable` where it is the decoder's; `aborted`: one that follows the signal, or a decoder whose value came too late
 * for its handler; `unnamed`: one of a call with others, which says nothing of the record.
 */
export type How = 'ok' | 'rejected' | 'permanent' | 'undecodable' | 'outage' | 'aborted' | 'unnamed';

/** Where a ledger keeps its memory: a process, a disk that outlives it, or a table that all of them share. */
export interface MemorySight {
  /** Writes of the ledger, or of its marks, that went wrong. */
  troubles: number;
}

/** One process of an execution environment, as observed. */
export interface ProcessSight {
  readonly number: number;
  readonly environment: number;
  readonly fence: Fence;
  readonly memory: MemorySight;
  /** The memory that outlives its death: the same, or a disk beside it. */
  readonly marks: MemorySight | undefined;
  invocation: InvocationSight | undefined;
  /** The record that killed it, if any. */
  killer: RecordSight | undefined;
  /** Starts that have not ended, of whichever invocation. */
  readonly inFlight: Set<StartSight>;
}

/** One record, as observed. */
export interface RecordSight {
  readonly index: number;
  readonly planned: PlannedRecord;
  sequenceNumber: string;
  /** The payload that a quarantine has to keep of it, in base64. */
  data: () => string;
  /** Itself, and those of its unit that are equal: a ledger cannot tell them apart. */
  equals: readonly RecordSight[];
  /** It has an equal member, and Lambda delivered another part of their unit before. */
  isCutOtherwise: boolean;
  /** The records of its unit that were delivered with it last, where another is like it: memory of equal ones ends with the unit. */
  unit: string;
  /** The latest invocation that it was delivered to, and its place there. */
  invocation: InvocationSight | undefined;
  position: number;
  starts: number;
  /** A start on it did something that may be held against it. */
  wasTroubled: boolean;
  /** A start on it ended in a handler's error that no further attempt can mend. */
  wasPermanent: boolean;
  /** The same of its decoder. */
  wasUndecodable: boolean;
  /** The latest start that began in its decoder, until its handler is called or the decoder ends the attempt. */
  inDecoder: StartSight | undefined;
  /** The handler really ran to its end. */
  isDone: boolean;
  /** The sink has told Undam that it has it. */
  isAcknowledged: boolean;
  /** The id it was sent under. */
  id: string | undefined;
  /** The most that Undam may have charged it, over all processes, without the starts that have not ended. */
  charges: number;
  readonly open: StartSight[];
  /** Charges that the process it was last delivered to has to remember. */
  remembered:
    | { memory: MemorySight; troubles: number; charges: number; isPermanent: boolean; readonly at: number }
    | undefined;
  /** Deaths of a process while it ran alone, as far as one memory of them lasts. */
  deaths: Map<MemorySight, { readonly troubles: number; alone: number }> | undefined;
  /** Deaths of invocations that had it in their batch and left a claim, since one of them last ended in order. */
  blocked: Blocked | undefined;
  /** Charges before its latest invocation, to go back to where the process dies. */
  rememberedBefore: RecordSight['remembered'];
  /** Charges in the invocation that charged it last. */
  chargedIn: { readonly invocation: InvocationSight; readonly charges: number } | undefined;
  /** It was held without an outage error. */
  held: { readonly invocation: InvocationSight; readonly memory: MemorySight; readonly troubles: number } | undefined;
  /** It ran alone when a process died, or seemed to. */
  diedAlone: boolean;
  /** When the handler ran to its end last. */
  doneAt: number;
  /** The invocation in which it was done in time and after which the ledger has to know. */
  doneIn: InvocationSight | undefined;
  /** The invocation in which it was done in time and whose process died then: that it was done may have been marked. */
  diedIn: InvocationSight | undefined;
  /** The invocation whose process died behind its answer, which passed the record: that outlives the process. */
  passedIn: InvocationSight | undefined;
  /** Invocations that had resolved it and whose answer may be lost. */
  readonly lostIn: InvocationSight[];
  /** The invocation that sent it and after which the ledger has to know. */
  sentIn: InvocationSight | undefined;
  end: 'processed' | 'discarded' | 'expired' | undefined;
}

/** The deaths that blocked a record, by claims. */
export interface Blocked {
  readonly troubles: number;
  readonly batchSize: number;
  readonly killers: ReadonlySet<RecordSight>;
  readonly deaths: number;
}

/** The handler's arguments at a start; no number for a record in a call with others. */
export interface AttemptSight {
  readonly number: number;
  readonly isOfThisInvocation: boolean;
  readonly isAborted: boolean;
  readonly decoded: unknown;
}

/** One start of decoder and handler on one record, or a record in one call of a handler of whole batches. */
export interface StartSight {
  readonly record: RecordSight;
  readonly invocation: InvocationSight;
  readonly position: number;
  readonly at: number;
  /** The charges by then: those its process had to remember, and those that may have been made. */
  readonly remembered: RecordSight['remembered'];
  readonly chargesBefore: number;
  /** The decoder's value at this start. */
  decoded: object | undefined;
  /** The handler was called. */
  isCalled: boolean;
  /** How long the event loop had stood still by then, and how often. */
  readonly stoodStillMs: number;
  readonly standStills: number;
  /** Troubles of its process's ledger by then: those of the recall, not of the write that follows. */
  readonly ledgerTroubles: number;
  /** A call of the invocation had succeeded by then. */
  readonly isCompared: boolean;
  /** Records in the call; 1 for a handler of single records. */
  readonly together: number;
  ended:
    | { readonly at: number; readonly how: How; readonly stoodStillMs: number; readonly standStills: number }
    | undefined;
}

/** One invocation. */
export interface InvocationSight {
  readonly number: number;
  /** Lambda's context of it, which no other invocation gets; known once the function is called. */
  context: object | undefined;
  readonly process: ProcessSight;
  readonly batch: readonly RecordSight[];
  readonly from: number;
  readonly deadline: number;
  /** How often the event loop had stood still when it began. */
  readonly standStills: number;
  readonly ledgerTroubles: number;
  /** Recall answered in time, and in full. */
  knows: boolean;
  /** The records that have started in it. */
  readonly started: Set<RecordSight>;
  /** How far it is with its ledger's write. */
  remembering: 'not yet' | 'under way' | 'done';
  /** By position: the state that recall named. */
  readonly recalled: (string | undefined)[];
  /** By position: resolved as far as this invocation can know. */
  readonly resolved: boolean[];
  /** By position: a start on it has not ended. */
  readonly running: boolean[];
  /** Starts that may still hold a slot; those that ended or were timed out are taken out when there seem to be too many. */
  readonly inFlight: StartSight[];
  /** By position: the lane of the record. */
  readonly lanes: readonly Lane[];
  /** Records at the beginning of the batch that share the first one's sequence number. */
  readonly headSize: number;
  /** Sink or ledger went wrong. */
  hadTrouble: boolean;
  /** Records that it had done before its process died, and that were started again. */
  repeats: number;
  /** Of these, one was done longer before it died than marks may wait. */
  hasOldRepeat: boolean;
  /** When something started in it last. */
  lastStartAt: number;
  /** It leaves no marks any more. */
  marksFailed: boolean;
  /** Its first record was charged, or held. */
  headMoved: boolean;
  readonly startsOnHead: StartSight[];
  /** A call has succeeded, of a handler that fails as a whole. */
  hasSucceeded: boolean;
  /** A record of such a handler has thrown alone before any call had succeeded. */
  loneThrew: boolean;
  /** A call ended in an outage error, or both halves of one threw and nothing had succeeded. */
  mayHold: boolean;
  /** A call with several records threw or could not be read: it has to fail as a whole. */
  mustFail: string | undefined;
  end: InvocationEnd | undefined;
  to: number;
  payload: unknown;
  /** Its answer was fixed when its process died: the place of the first record that it reports. */
  lostAt: number | undefined;
  /** By position, for a response. */
  reported: boolean[];
}

/** Positions of records that follow each other: those of a key, of all, or of keys that meet in a unit. */
export interface Lane {
  readonly positions: number[];
  /** Everything before this one is resolved. */
  next: number;
}

/** One record as the sink was given it. */
export interface MessageSight {
  readonly record: RecordSight;
  readonly invocation: InvocationSight | undefined;
  readonly id: string;
  readonly reason: string;
  readonly data: string;
  /** Charged attempts, as the message says. */
  readonly charges: number;
}
