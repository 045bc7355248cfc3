import { type Random, seededRandom, wholeNumber } from '@undam/simulator/parts';
import { offByDefault, type Site, sites } from '../faults/sites.ts';
import type { GuardPlan, MappingPlan, Nature, PlannedRecord, Scenario, Step } from '../scenario/scenario.ts';
import { dynamodbRetentionMs, streamKindOf } from '../scenario/stream-kinds.ts';
import { decoderPlan, mayFireInDecoder, withDecodings } from './decoding.ts';
import { faultsOf } from './faults.ts';
import { fanOutPlan, isTwinSeed, withUnits } from './units.ts';

/** The scenario of a seed. @param asked sites that are off by default and may be on here @param isOnTable for the table's ledger only */
export function generate(seed: number, asked: readonly Site[] = [], isOnTable: boolean = false): Scenario {
  const random = seededRandom(`${seed}/scenario`);
  const sitesOn = sites.filter((site) => {
    const isOn = seededRandom(`${seed}/${site}/on`)() < 0.45;
    return offByDefault.has(site) ? asked.includes(site) : isOn;
  });
  const hasTwins = streamKindOf(seed) === 'kinesis-fan-out' && isTwinSeed(seed);
  const withoutDecoder = { ...guardPlan(seed, random), ...ledgerPlan(seed, isOnTable) };
  const guard = { ...withoutDecoder, ...decoderPlan(seed, withoutDecoder) };
  const on = sitesOn.filter((site) => mayFire(site, guard));
  const timeoutMs = wholeNumber(random, 2_000, 8_000);
  const faults = on.flatMap((site) => faultsOf(site, seed));
  const isExpiring = on.includes('expired-prefix');
  // A DynamoDB stream keeps its records too long to lose any within a run.
  const stream = isExpiring && streamKindOf(seed) === 'dynamodb' ? 'kinesis' : streamKindOf(seed);
  const shards = wholeNumber(random, 1, 3);
  const retentionMs = isExpiring
    ? wholeNumber(random, 15_000, 40_000)
    : oneOf(random, [86_400_000, 86_400_000, 600_000]);
  const mapping = mappingPlan(random, guard);
  const planned = recordsOf(seed, random, on, guard);
  const inUnits = stream === 'kinesis-fan-out' ? withUnits(planned, seed, hasTwins) : planned;
  const records = withDecodings(inUnits, seed, on, guard, survivesDeath(guard));
  return {
    seed,
    stream,
    shards,
    retentionMs: stream === 'dynamodb' ? dynamodbRetentionMs : retentionMs,
    timeoutMs,
    mapping: stream === 'kinesis-fan-out' ? { ...mapping, ...fanOutPlan(seed) } : mapping,
    guard,
    records: stream === 'kinesis-without-keys' ? records.map((record, key) => ({ ...record, key })) : records,
    faults,
    sitesOn: on,
    healsAtMs: wholeNumber(random, 60_000, 240_000),
    healsAtInvocation: wholeNumber(random, 30, 80),
  };
}

function mayFire(site: Site, guard: GuardPlan): boolean {
  const { ledger, hasLocal } = guard;
  if (site === 'marks-fail') return ledger === 'file' || hasLocal === true;
  if (site === 'table-throttles' || site === 'table-answer-lost') return ledger === 'table';
  const wholeBatchOnly = site === 'handler-answers-nothing-readable' || site === 'handler-throws-for-the-batch';
  return (guard.handler === 'wholeBatch' || !wholeBatchOnly) && mayFireInDecoder(site, guard);
}

function guardPlan(seed: number, random: Random): GuardPlan {
  const handler = kindOf(random());
  const capMs = random() < 0.7 ? wholeNumber(random, 100, 500) : wholeNumber(random, 500, 3_000);
  return {
    handler,
    order: oneOf(random, ['key', 'key', 'shard', 'none'] as const),
    concurrency: oneOf(random, [1, 1, 2, 3, 10, 32]),
    attempts: wholeNumber(random, 1, 4),
    retry: random() < 0.4 ? 'redelivery' : { baseMs: random() < 0.8 ? wholeNumber(random, 0, 100) : capMs, capMs },
    reserveMs: wholeNumber(random, 300, 1_000),
    recordMs: handler === 'eachRecord' && random() < 0.5 ? wholeNumber(random, 100, 900) : 0,
    reports: random() < 0.6 ? 'first' : 'every',
    reportsRest: seededRandom(`${seed}/rest`)() < 0.5,
    isProcessor: handler === 'eachRecord' && seededRandom(`${seed}/processor`)() < processorShare,
    ...(handler === 'wholeBatch' && { isAllOrNothing: seededRandom(`${seed}/all-or-nothing`)() < allOrNothingShare }),
  };
}

/** Of the seeds whose records are handled one by one. */
const processorShare = 0.2;

/** Of the seeds under `wholeBatch()`. */
const allOrNothingShare = 0.12;

function kindOf(share: number): GuardPlan['handler'] {
  if (share < 0.6) return 'eachRecord';
  return share < 0.75 ? 'splitOnError' : 'wholeBatch';
}

type LedgerPlan = Pick<GuardPlan, 'ledger' | 'claims' | 'hasLocal' | 'sharesDisk' | 'hasNeighbour'>;

/** A table costs four times as much as the others. */
const tableShare = 0.1;

function ledgerPlan(seed: number, isOnTable: boolean): LedgerPlan {
  const random = seededRandom(`${seed}/ledger`);
  const ledger = random() < 0.6 ? 'file' : 'memory';
  const shared = { sharesDisk: random() < 0.3, hasNeighbour: random() < 0.3 };
  const table = seededRandom(`${seed}/table`);
  if (table() >= tableShare && !isOnTable) return { ledger, ...shared };
  return { ledger: 'table', claims: table() < 0.6, hasLocal: table() < 0.4, ...shared };
}

/** Whether something outlives a process that died in an invocation. */
function survivesDeath({ ledger, claims, hasLocal }: GuardPlan): boolean {
  return ledger === 'file' || claims === true || hasLocal === true;
}

function mappingPlan(random: Random, guard: GuardPlan): MappingPlan {
  return {
    BatchSize: oneOf(random, [wholeNumber(random, 1, 8), 10, 25, 50, 100, 100]),
    ParallelizationFactor: oneOf(random, [1, 1, 2, 3]),
    MaximumBatchingWindowInSeconds: oneOf(random, [0, 0, 1, 3]),
    MaximumRetryAttempts: random() < 0.9 ? -1 : wholeNumber(random, 0, 12),
    MaximumRecordAgeInSeconds: random() < 0.85 ? -1 : wholeNumber(random, 60, 300),
    // A batch handler that throws for its whole batch needs bisect to get any further.
    BisectBatchOnFunctionError: guard.handler === 'wholeBatch' || random() < 0.75,
  };
}

/** Sites that fire in the handler, with the range of their chance for each record. */
const stepSites: Readonly<Partial<Record<Site, readonly [number, number]>>> = {
  'handler-throws': [0.01, 0.1],
  'handler-throws-permanently': [0.005, 0.04],
  'handler-fails-for-a-while': [0.01, 0.08],
  'handler-says-outage': [0.005, 0.05],
  'handler-hangs': [0.003, 0.05],
  'handler-is-slow': [0.01, 0.3],
  'handler-answers-nothing-readable': [0.01, 0.05],
  'handler-throws-for-the-batch': [0.01, 0.05],
  'process-crashes': [0.003, 0.02],
  'stray-rejection': [0.003, 0.02],
  'event-loop-blocked': [0.005, 0.05],
};

function recordsOf(seed: number, random: Random, on: readonly Site[], guard: GuardPlan): PlannedRecord[] {
  const count = random() < 0.25 ? wholeNumber(random, 10, 80) : wholeNumber(random, 100, 480);
  const keys = oneOf(random, [1, 3, 6, 12, 40]);
  const bursts = wholeNumber(random, 1, 6);
  const burstMs = wholeNumber(random, 200, 6_000);
  const planned = on.flatMap((site) => {
    const range = stepSites[site];
    if (!range) return [];
    const own = seededRandom(`${seed}/${site}`);
    const chance = range[0] + own() * (range[1] - range[0]);
    // Many at once fill the calls of the sink.
    const isWave = site === 'handler-throws-permanently' && own() < 0.2;
    return [{ site, own, chance: isWave ? chance * 15 : chance }];
  });
  return Array.from({ length: count }, (_, index) => {
    const met = planned.filter(({ own, chance }) => own() < chance);
    return {
      key: Math.floor(random() * keys),
      at: Math.floor((index * bursts) / count) * burstMs,
      ms: random() < 0.7 ? 0 : wholeNumber(random, 1, 20),
      nature: met.reduce<Nature>((nature, { site, own }) => natureBy(site, own, guard) ?? nature, 'ok'),
      steps: met.flatMap(({ site, own }) => stepsOf(site, own, guard)),
    };
  });
}

/** A record may be bad for good: that does not heal. */
function natureBy(site: Site, own: Random, guard: GuardPlan): Nature | undefined {
  if (site === 'handler-throws') return own() < 0.4 ? 'throw' : undefined;
  if (site === 'handler-throws-permanently') return own() < 0.5 ? 'permanent' : undefined;
  if (site === 'handler-hangs') return own() < 0.3 ? 'hang' : undefined;
  // Without marks or claims that survive, only the mapping bounds a killer.
  if (site === 'process-crashes' && survivesDeath(guard)) return own() < 0.4 ? 'crash' : undefined;
  return undefined;
}

function stepsOf(site: Site, own: Random, guard: GuardPlan): Step[] {
  const { attempts } = guard;
  const step = (does: Step['does'], most: number, least = 0): Step => ({
    does,
    ms: wholeNumber(own, least, most),
    site,
  });
  switch (site) {
    case 'handler-throws':
      return [step('throw', own() < 0.5 ? 0 : 60)];
    case 'handler-throws-permanently':
      return [step('permanent', own() < 0.5 ? 0 : 20)];
    case 'handler-fails-for-a-while':
      return Array.from({ length: wholeNumber(own, 1, attempts + 2) }, () => step('throw', 40));
    case 'handler-says-outage':
      return Array.from({ length: wholeNumber(own, 1, 3) }, () => step('outage', 20));
    case 'handler-hangs':
      return [step('hang', 0)];
    case 'handler-is-slow':
      return [step(own() < 0.5 || guard.handler === 'wholeBatch' ? 'slow' : 'polite', own() < 0.7 ? 600 : 3_000, 60)];
    case 'handler-answers-nothing-readable':
      return [step('unreadable', 5)];
    case 'handler-throws-for-the-batch':
      return [step('opaque', 20)];
    case 'process-crashes':
      return [step('crash', 30)];
    case 'stray-rejection':
      return [step('stray', own() < 0.5 ? 50 : 4_000)];
    case 'event-loop-blocked':
      return [step('block', own() < 0.7 ? 400 : 4_000, 1)];
    default:
      return [];
  }
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}
