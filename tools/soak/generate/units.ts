import { type Random, seededRandom, wholeNumber } from '@undam/simulator/parts';
import type { MappingPlan, PlannedRecord } from '../scenario/scenario.ts';

/** Whether units have equal members. */
export function isTwinSeed(seed: number): boolean {
  return seededRandom(`${seed}/twins`)() < 0.25;
}

/** Makes user records of KPL aggregates of many of the records that are put together. */
export function withUnits(records: readonly PlannedRecord[], seed: number, hasTwins: boolean): PlannedRecord[] {
  const random = seededRandom(`${seed}/units`);
  const maxSize = wholeNumber(random, 2, 12);
  const hasOneKey = random() < 0.5;
  const twins = hasTwins ? 0.5 : 0;
  const planned: PlannedRecord[] = [];
  for (let from = 0, unit = 0; from < records.length; unit++) {
    const size = random() < 0.5 ? 1 : wholeNumber(random, 2, maxSize);
    const { at } = records[from]!;
    const members = records.slice(from, from + size).filter((record) => record.at === at);
    from += members.length;
    if (members.length === 1) planned.push(...members);
    else planned.push(...unitOf(members, unit, random, { hasOneKey, twins }));
  }
  return planned;
}

/** Lambda cuts units at a full batch, and between sub-shards. */
export function fanOutPlan(seed: number): Partial<MappingPlan> {
  const random = seededRandom(`${seed}/fan-out`);
  return {
    ...(random() < 0.5 && { BatchSize: wholeNumber(random, 1, 12) }),
    ...(random() < 0.3 && { ParallelizationFactor: 10 }),
  };
}

function unitOf(
  members: readonly PlannedRecord[],
  unit: number,
  random: Random,
  { hasOneKey, twins }: { readonly hasOneKey: boolean; readonly twins: number },
): PlannedRecord[] {
  const planned: PlannedRecord[] = [];
  for (const record of members) {
    const before = planned.at(-1);
    const isTwin = before !== undefined && random() < twins;
    const key = before !== undefined && (isTwin || hasOneKey) ? before.key : record.key;
    planned.push({ ...record, unit, key, ...(isTwin && { isTwin }) });
  }
  return planned;
}
