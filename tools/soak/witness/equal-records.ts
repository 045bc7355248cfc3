import type { RecordSight } from '../sights/sights.ts';

/** Tells each record which others of its unit are equal to it: a ledger cannot tell them apart. */
export function linkEquals(records: readonly RecordSight[]): void {
  let equals: RecordSight[] = [];
  for (const record of records) {
    if (!record.planned.isTwin) equals = [];
    equals.push(record);
    record.equals = equals;
  }
}

/** Whether these are of one unit, and equal. */
export function areEqual(records: readonly RecordSight[]): boolean {
  return records.every(
    ({ sequenceNumber, planned }, place) =>
      sequenceNumber === records[0]!.sequenceNumber && (place === 0 || planned.isTwin === true),
  );
}

/** Equal records cannot be told apart in another part of their unit: the memory of them ends with the unit. */
export function forgetInOtherPart(record: RecordSight, batch: readonly RecordSight[]): void {
  const { planned, index, sequenceNumber, unit } = record;
  const members = batch.filter((other) => other.sequenceNumber === sequenceNumber);
  const hasTwin = planned.isTwin || members.some((other) => other.planned.isTwin && other.index === index + 1);
  if (!hasTwin && unit === '') return;
  record.unit = members.map((other) => other.index).join();
  if (unit === '' || unit === record.unit) return;
  record.isCutOtherwise = true;
  record.id = undefined;
  forget(record);
}

/** From here on no ledger has to remember anything of the record. */
export function forget(record: RecordSight): void {
  record.doneIn = undefined;
  record.sentIn = undefined;
  record.diedIn = undefined;
  record.passedIn = undefined;
  record.remembered = undefined;
  record.held = undefined;
  record.deaths = undefined;
  record.blocked = undefined;
}
