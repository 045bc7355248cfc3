import type { Decoding, GuardPlan, PlannedRecord, Scenario } from './scenario.ts';

/** Whether a scenario still breaks the law. */
export type Breaks = (scenario: Scenario) => Promise<boolean>;

/**
 * The smallest scenario that could be found that still breaks: without what can be left out, with plainer numbers. Greedy,
 * and bounded by the number of runs.
 */
export async function shrink(scenario: Scenario, breaks: Breaks, maxRuns: number = 400): Promise<Scenario> {
  let runs = 0;
  let smallest = scenario;
  const tries = async (candidate: Scenario): Promise<boolean> => {
    if (runs >= maxRuns || JSON.stringify(candidate) === JSON.stringify(smallest)) return false;
    runs++;
    if (!(await breaks(candidate))) return false;
    smallest = candidate;
    return true;
  };
  for (let before = ''; before !== JSON.stringify(smallest) && runs < maxRuns; ) {
    before = JSON.stringify(smallest);
    await leaveOut(smallest.records, (records) => tries({ ...smallest, records }));
    await leaveOut(smallest.faults, (faults) => tries({ ...smallest, faults }));
    for (const plainer of simplifications) await tries(plainer(smallest));
    for (const index of smallest.records.keys()) {
      for (const plainer of plainerRecords) {
        const records = smallest.records.map((record, other) => (other === index ? plainer(record) : record));
        await tries({ ...smallest, records });
      }
    }
  }
  return { ...smallest, sitesOn: [...new Set(sitesOf(smallest))] };
}

/** Leaves out halves, quarters and so on of a list, as long as that works. */
async function leaveOut<T>(list: readonly T[], works: (rest: readonly T[]) => Promise<boolean>): Promise<void> {
  let left = list;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < left.length; ) {
      const rest = [...left.slice(0, from), ...left.slice(from + size)];
      if (await works(rest)) left = rest;
      else from += size;
    }
  }
}

function withoutDecoder({ decoder: _, ...guard }: GuardPlan): GuardPlan {
  return guard;
}

type Simplify = (scenario: Scenario) => Scenario;

const mapping =
  (change: Partial<Scenario['mapping']>): Simplify =>
  (scenario) => ({ ...scenario, mapping: { ...scenario.mapping, ...change } });
const guard =
  (change: Partial<Scenario['guard']>): Simplify =>
  (scenario) => ({ ...scenario, guard: { ...scenario.guard, ...change } });

const simplifications: readonly Simplify[] = [
  // Its records are lanes of their own already, so this changes where they come from and nothing else.
  (scenario) => (scenario.stream === 'kinesis-without-keys' ? { ...scenario, stream: 'kinesis' } : scenario),
  (scenario) => (scenario.stream === 'kinesis-fan-out' ? { ...scenario, stream: 'kinesis' } : scenario),
  (scenario) => ({ ...scenario, records: scenario.records.map(({ isTwin: _, ...record }) => record) }),
  (scenario) => ({ ...scenario, shards: 1 }),
  (scenario) => ({ ...scenario, retentionMs: 86_400_000 }),
  (scenario) => ({ ...scenario, records: scenario.records.map((record) => ({ ...record, at: 0 })) }),
  (scenario) => ({ ...scenario, records: scenario.records.map((record) => ({ ...record, ms: 0 })) }),
  (scenario) => ({ ...scenario, records: scenario.records.map((record) => ({ ...record, steps: [] })) }),
  (scenario) => ({ ...scenario, records: scenario.records.map((record, key) => ({ ...record, key })) }),
  (scenario) => ({ ...scenario, healsAtInvocation: scenario.healsAtInvocation >> 1 }),
  mapping({ ParallelizationFactor: 1 }),
  mapping({ MaximumBatchingWindowInSeconds: 0 }),
  mapping({ MaximumRetryAttempts: -1 }),
  mapping({ MaximumRecordAgeInSeconds: -1 }),
  mapping({ BisectBatchOnFunctionError: true }),
  mapping({ BatchSize: 100 }),
  mapping({ BatchSize: 10 }),
  guard({ concurrency: 1 }),
  guard({ concurrency: 2 }),
  guard({ attempts: 1 }),
  guard({ attempts: 2 }),
  guard({ retry: 'redelivery' }),
  guard({ recordMs: 0 }),
  guard({ order: 'key' }),
  (scenario) => ({ ...scenario, guard: withoutDecoder(scenario.guard) }),
  guard({ reportsRest: false }),
  guard({ isAllOrNothing: false }),
  guard({ hasNeighbour: false }),
  guard({ hasLocal: false }),
  guard({ claims: false }),
  guard({ reserveMs: 1_000 }),
  (scenario) => ({ ...scenario, timeoutMs: 5_000 }),
];

const plainerRecords: readonly ((record: PlannedRecord) => PlannedRecord)[] = [
  (record) => ({ ...record, steps: [] }),
  (record) => ({ ...record, steps: record.steps.slice(1) }),
  (record) => ({ ...record, steps: record.steps.slice(0, -1) }),
  (record) => ({ ...record, nature: 'ok' }),
  ({ decoding: _, ...record }) => record,
  ({ unit: _, ...record }) => record,
  ({ isTwin: _, ...record }) => record,
  (record) => withDecoding(record, { steps: [] }),
  (record) => withDecoding(record, { nature: 'ok' }),
  (record) => withDecoding(record, { ms: 0 }),
  (record) =>
    withDecoding(record, { steps: record.decoding?.steps.map((step) => ({ ...step, ms: step.ms >> 1 })) ?? [] }),
  (record) => ({ ...record, ms: 0 }),
  (record) => ({ ...record, at: 0 }),
  (record) => ({ ...record, steps: record.steps.map((step) => ({ ...step, ms: step.ms >> 1 })) }),
];

function withDecoding(record: PlannedRecord, change: Partial<Decoding>): PlannedRecord {
  return record.decoding ? { ...record, decoding: { ...record.decoding, ...change } } : record;
}

function sitesOf({ records, faults }: Scenario): Scenario['sitesOn'] {
  const steps = records.flatMap((record) => [...record.steps, ...(record.decoding?.steps ?? [])]);
  return [...faults, ...steps].map(({ site }) => site);
}
