import type { InvocationEnd } from '@undam/simulator/parts';
import type { Scenario } from '../scenario/scenario.ts';
import type { InvocationSight, RecordSight } from '../sights/sights.ts';
import { settleStart } from './charging.ts';
import type { WitnessContext } from './context.ts';

/** The end of an invocation, and its consequences for the memory of its records. */
export interface Ending {
  readonly end: InvocationEnd;
  readonly hasDied: boolean;
  /** Its marks may be closed: the records that it has passed are forgotten. */
  readonly mayHaveAnswered: boolean;
  /** Its resolutions may be lost. */
  readonly mayBeLost: boolean;
  /** Its marks keep the records that were done. */
  readonly leavesMarks: boolean;
  /** Its answer outlives its process. */
  readonly keepsAnswer: boolean;
}

/** @param stoodStillUntil when the event loop last stood still */
export function endingOf(
  invocation: InvocationSight,
  end: InvocationEnd,
  stoodStillUntil: number,
  { guard }: Scenario,
): Ending {
  const { lostAt, remembering } = invocation;
  const hasDied = end === 'crashed' || end === 'timed-out';
  // An invocation that keeps the event loop still until behind the deadline answers before Lambda ends it: its marks are
  // closed, and the records that it has passed are forgotten, although the answer comes too late.
  const mayHaveAnswered =
    end === 'response' || lostAt !== undefined || (hasDied && stoodStillUntil >= invocation.deadline);
  return {
    end,
    hasDied,
    mayHaveAnswered,
    mayBeLost: hasDied && (mayHaveAnswered || remembering !== 'not yet'),
    leavesMarks: hasDied && !invocation.marksFailed && !mayHaveAnswered,
    keepsAnswer: guard.ledger === 'file' || (guard.claims === true && remembering === 'done'),
  };
}

/** Updates what has to be remembered of a record that was in the invocation. */
export function closeRecord(
  record: RecordSight,
  invocation: InvocationSight,
  ending: Ending,
  context: WitnessContext,
): void {
  const { hasDied, mayBeLost, mayHaveAnswered } = ending;
  closeDone(record, invocation, ending);
  if (mayBeLost && invocation.resolved[record.position]) record.lostIn.push(invocation);
  if (hasDied) {
    record.sentIn = undefined;
    record.held = undefined;
  }
  // An end in the very moment of the death may have gone unheard.
  if (hasDied && record.remembered?.at === invocation.to) record.remembered = undefined;
  for (let place = record.open.length - 1; place >= 0; place--) {
    const start = record.open[place]!;
    if (start.invocation === invocation) settleStart(start, place, context);
  }
  if (hasDied) forgetUnwrittenCharges(record, invocation, context.scenario);
  // A record that a response has passed need not be remembered: its next delivery begins anew.
  if (!mayHaveAnswered || !invocation.resolved[record.position]) return;
  record.diedIn = undefined;
  record.remembered = undefined;
  record.held = undefined;
  record.deaths = undefined;
  record.blocked = undefined;
}

/** Where the ledger has to know that the record was done, or passed by an answer. */
function closeDone(record: RecordSight, invocation: InvocationSight, ending: Ending): void {
  const { end, leavesMarks, keepsAnswer } = ending;
  const { batch, lostAt } = invocation;
  if (leavesMarks && record.doneIn === invocation) record.diedIn = invocation;
  const isPassed = lostAt !== undefined && record.position < lostAt;
  if (end !== 'response' && (lostAt === undefined || isPassed)) record.doneIn = undefined;
  if (isPassed && keepsAnswer) record.passedIn = invocation;
  // The next batch may begin with an equal record: the ledger need not remember this one as done.
  if (record.isCutOtherwise && record.sequenceNumber === batch.at(-1)?.sequenceNumber) record.doneIn = undefined;
  if (end === 'response' && !invocation.reported[record.position]) record.passedIn = undefined;
}

function forgetUnwrittenCharges(record: RecordSight, invocation: InvocationSight, { guard }: Scenario): void {
  // Without marks the table or file of a dead invocation holds none of its charges.
  if (invocation.marksFailed) record.remembered = undefined;
  // The table learns of charges at the end only.
  if (guard.ledger === 'table')
    record.remembered = invocation.remembering === 'not yet' ? record.rememberedBefore : undefined;
}
