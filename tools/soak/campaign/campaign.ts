import { noSites, type Site, type SiteCounts, sites } from '../faults/sites.ts';
import { generate } from '../generate/generate.ts';
import { type LawName, lawNames } from '../laws/index.ts';
import type { Violation } from '../laws/violation.ts';
import { play, type RunResult } from '../run/run.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** The sums of all runs so far. */
export interface Tally {
  seeds: number;
  deliveries: number;
  invocations: number;
  readonly fired: SiteCounts;
  /** Sites that were on in at least one run. */
  readonly sitesOn: Set<Site>;
  readonly checks: Record<LawName, number>;
}

/** The run that broke a law. */
export interface Broken {
  readonly scenario: Scenario;
  readonly violation: Violation;
}

export interface CampaignOptions {
  readonly seeds: number;
  readonly from: number;
  readonly on: readonly Site[];
  /** Called after each run. */
  readonly ran?: (tally: Tally) => void;
}

export interface CampaignResult {
  readonly tally: Tally;
  readonly broken?: Broken;
}

/** Runs seed after seed until a law is broken. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seeds, from, on, ran } = options;
  const tally = newTally();
  for (let seed = from; seed < from + seeds; seed++) {
    const scenario = generate(seed, on);
    const result = await play(scenario).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: the soak itself failed`, { cause });
    });
    addTally(tally, tallyOf(scenario, result));
    ran?.(tally);
    if (result.violation) return { tally, broken: { scenario, violation: result.violation } };
  }
  return { tally };
}

export function newTally(): Tally {
  const checks = Object.fromEntries(lawNames.map((name) => [name, 0])) as Tally['checks'];
  return { seeds: 0, deliveries: 0, invocations: 0, fired: noSites(), sitesOn: new Set(), checks };
}

/** Adds the sums of other runs. */
export function addTally(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds;
  tally.deliveries += other.deliveries;
  tally.invocations += other.invocations;
  for (const site of other.sitesOn) tally.sitesOn.add(site);
  for (const site of sites) tally.fired[site] += other.fired[site];
  for (const name of lawNames) tally.checks[name] += other.checks[name];
}

function tallyOf({ sitesOn }: Scenario, result: RunResult): Tally {
  return { seeds: 1, sitesOn: new Set(sitesOn), ...result };
}

/** The least that a seed has to hold on average. */
export const least = { deliveries: 300, faults: 5 } as const;

export function faultsOf({ fired }: Pick<Tally, 'fired'>): number {
  return sites.reduce((sum, site) => sum + fired[site], 0);
}

/** Fewer runs say nothing about an average. */
const seedsForAverages = 50;

/** Why the runs, all of them lawful, show too little: averages that are too low, sites that never fired. */
export function shortcomings(tally: Tally): string[] {
  if (tally.seeds < seedsForAverages) return [];
  const problems: string[] = [];
  const averages = { deliveries: tally.deliveries / tally.seeds, faults: faultsOf(tally) / tally.seeds };
  for (const name of ['deliveries', 'faults'] as const) {
    if (averages[name] < least[name])
      problems.push(`${averages[name].toFixed(1)} ${name} a seed; expected ${least[name]} at least`);
  }
  for (const site of tally.sitesOn) if (tally.fired[site] === 0) problems.push(`never reached: ${site}`);
  return problems;
}
