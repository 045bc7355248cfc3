import type { RecordSight, StartSight } from '../sights/sights.ts';
import type { Surroundings } from './law.ts';

function isRejected({ ended }: StartSight): boolean {
  return ended?.how === 'rejected' || ended?.how === 'permanent' || ended?.how === 'undecodable';
}

/**
 * Whether a start may have been charged: it ended in a rejection, in a time-out after its full `recordMs`, or in a cut as
 * first record of its batch, unless the event loop stood still for most of its time.
 */
export function mayBeCharged(start: StartSight, { guard, now, stoodStillMs }: Surroundings): boolean {
  const { ended, invocation, at } = start;
  if (isRejected(start)) return true;
  const until = ended?.at ?? now();
  const stillMs = (ended?.stoodStillMs ?? stoodStillMs()) - start.stoodStillMs;
  if (guard.recordMs > 0 && until - at - stillMs >= guard.recordMs) return true;
  const isCut = until >= invocation.deadline - guard.reserveMs;
  const isOfHead = start.position < invocation.headSize;
  if (guard.handler === 'splitOnError') return isCut && isOfHead && start.together === 1;
  if (guard.handler !== 'wholeBatch') return isCut && isOfHead && stillMs < (until - at) / 2;
  // The cut of a call with several records charges none of them, but a first record that the call answers as failed.
  return isCut && (start.together === 1 || (isOfHead && ended?.how === 'aborted'));
}

/** The number of charges that Undam may have made to a record by now, at most; it may take equal records for each other. */
export function chargesOf({ equals }: RecordSight, around: Surroundings): number {
  return equals.reduce((sum, record) => sum + ownChargesOf(record, around), 0);
}

function ownChargesOf({ charges, open }: RecordSight, around: Surroundings): number {
  return charges + open.filter((start) => mayBeCharged(start, around)).length;
}

/** Ended before the budget could cut it off, which would give the attempt back. */
export function wasInTime({ ended, invocation, at }: StartSight, { guard }: Surroundings): boolean {
  if (!ended || ended.at >= invocation.deadline - guard.reserveMs) return false;
  return guard.recordMs === 0 || ended.at - at < guard.recordMs;
}

/**
 * Whether a start has to be charged: a rejection in time; or, where the event loop never stood still, a time-out, or a
 * cut as first record, on which the handler did not succeed after all.
 */
export function mustBeCharged(start: StartSight, around: Surroundings): boolean {
  const { ended, invocation, at } = start;
  const { guard, now, standStills } = around;
  if (isRejected(start)) return wasInTime(start, around) && (!mayBeHeld(start, around) || wasHeld(start));
  if (ended?.how === 'ok' || ended?.how === 'outage' || guard.handler !== 'eachRecord') return false;
  if (standStills() !== invocation.standStills) return false;
  const until = ended?.at ?? now();
  const budgetEndsAt = invocation.deadline - guard.reserveMs;
  // An attempt that the budget cuts off before its own time has ended is given back.
  if (guard.recordMs > 0 && at + guard.recordMs < budgetEndsAt && until - at >= guard.recordMs + turnMs) return true;
  // An attempt that has not settled by the response had its turn.
  if (!ended) return isHead(start) && invocation.end === 'response' && until >= budgetEndsAt;
  return isHead(start) && until >= budgetEndsAt + turnMs;
}

/** The first record of its batch that was not resolved before, in the unit that is first. */
function isHead({ position, invocation: { headSize, recalled } }: StartSight): boolean {
  for (let before = 0; before < position; before++)
    if (before >= headSize || (recalled[before] !== 'done' && recalled[before] !== 'quarantined')) return false;
  return position < headSize;
}

/** A record that throws alone before any call has succeeded may show an outage: it is held once. */
export function mayBeHeld({ ended, isCompared, together }: StartSight, { guard }: Surroundings): boolean {
  return guard.handler === 'splitOnError' && ended?.how === 'rejected' && together === 1 && !isCompared;
}

function wasHeld({ record: { held }, invocation, ledgerTroubles }: StartSight): boolean {
  return invocation.knows && held?.memory === invocation.process.memory && held.troubles === ledgerTroubles;
}

/** An attempt that is cut off or timed out has one turn of the loop to settle. */
const turnMs = 2;
