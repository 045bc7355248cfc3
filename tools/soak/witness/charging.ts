import { mayBeCharged, mayBeHeld, mustBeCharged } from '../laws/charges.ts';
import type { InvocationSight, StartSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';

/**
 * A start has ended, or its invocation has: whether it is charged, or held.
 *
 * @param place of the start among the open ones of its record
 */
export function settleStart(start: StartSight, place: number, context: WitnessContext): void {
  const { record, invocation } = start;
  const { around } = context;
  if (place === record.open.length - 1) record.open.pop();
  else record.open.splice(place, 1);
  if (mustBeCharged(start, around)) charge(start, context);
  // Of one that knew nothing and one before it, the ledger keeps the maximum: either may have been held, or neither.
  if (!invocation.knows) record.held = undefined;
  else if (mayBeHeld(start, around))
    record.held = { invocation, memory: invocation.process.memory, troubles: start.ledgerTroubles };
  if (mayBeCharged(start, around)) record.charges++;
}

/** The process has to remember the charge. */
function charge(start: StartSight, { around, laws }: WitnessContext): void {
  const { record, invocation } = start;
  const { remembered, chargedIn } = record;
  const { memory } = invocation.process;
  const troubles = start.ledgerTroubles;
  const goesOn = remembered?.memory === memory && remembered.troubles === troubles;
  const own = chargedIn?.invocation === invocation ? chargedIn.charges + 1 : 1;
  record.chargedIn = { invocation, charges: own };
  // Of two that write what each of them has counted, the ledger keeps the maximum.
  const before = goesOn ? remembered.charges : 0;
  const charges = invocation.knows ? before + 1 : Math.max(before, own);
  const isPermanent = goesOn && remembered.isPermanent;
  record.remembered = { memory, troubles, charges, isPermanent, at: around.now() };
  const how = start.ended?.how;
  if (how === 'permanent' || how === 'undecodable') record.remembered.isPermanent = true;
  laws.check('charged', start);
}

/** A call that succeeded, or none to compare with, makes poison of records that threw alone. */
export function dropHolds(invocation: InvocationSight): void {
  for (const record of invocation.started) if (record.held?.invocation === invocation) record.held = undefined;
}
