import type { Scenario } from '../scenario/scenario.ts';
import type { Blocked, InvocationSight, ProcessSight, RecordSight } from '../sights/sights.ts';
import { areEqual } from './equal-records.ts';

/** A process has died in an invocation; answers the record whose own death it was. */
export function chargeLoneDeath({ inFlight, marks, invocation }: ProcessSight): RecordSight | undefined {
  const [only] = inFlight;
  if (inFlight.size !== 1 || only === undefined || only.together > 1) return undefined;
  const { record } = only;
  chargeDeath(record);
  if (marks === undefined || !invocation?.knows || invocation.marksFailed) return record;
  record.deaths ??= new Map();
  const known = record.deaths.get(marks);
  if (known?.troubles === marks.troubles) known.alone++;
  else record.deaths.set(marks, { troubles: marks.troubles, alone: 1 });
  return record;
}

/** Of an answer that passes equal members only, and is lost, one is charged: no ledger can recall them one by one. */
export function chargeEquals(passed: readonly RecordSight[], { stream }: Scenario): void {
  if (stream === 'kinesis-fan-out' && areEqual(passed)) for (const record of passed) chargeDeath(record);
}

/** By law, a death while alone is the record's own. */
function chargeDeath(record: RecordSight): void {
  record.diedAlone = true;
  record.wasTroubled = true;
  record.charges++;
}

/**
 * An invocation with a claim has ended. A claim that was not closed is a death to others. Where one record was started, or
 * none, they may charge it: the one, or the first that was to start. Where the answer to its opening was lost, they cannot
 * know that more than this was started.
 *
 * @param charged the record whose own death it was
 */
export function claimEnded(invocation: InvocationSight, hasDied: boolean, charged: RecordSight | undefined): void {
  const { batch, process, knows, remembering, started } = invocation;
  if (remembering === 'done') return;
  for (const record of batch) {
    if (hasDied && knows && process.killer) record.blocked = blockedBy(record, process.killer, invocation);
    else if (hasDied || !knows) record.blocked = undefined;
  }
  if (knows && started.size > 1) return;
  const first = batch.findIndex(({ isDone, isAcknowledged }) => !isDone && !isAcknowledged);
  // The table does not know either which records were resolved only now.
  const alone = knows && started.size === 1 ? started : first < 0 ? batch : batch.slice(0, first + 1);
  for (const record of alone) if (record !== charged) chargeDeath(record);
}

function blockedBy(
  { blocked }: RecordSight,
  killer: RecordSight,
  { batch, process: { memory } }: InvocationSight,
): Blocked {
  const { troubles } = memory;
  if (blocked?.troubles !== troubles)
    return { troubles, batchSize: batch.length, killers: new Set([killer]), deaths: 1 };
  return { ...blocked, killers: new Set([...blocked.killers, killer]), deaths: blocked.deaths + 1 };
}
