import { generate } from './generate.ts';
import { type LawName, lawNames } from './laws/index.ts';
import type { Scenario } from './scenario.ts';
import { noSites, type Site, type SiteCounts, sites } from './sites.ts';
import type { Violation } from './verdict.ts';
import { play, type RunResult } from './world.ts';

/** What all runs so far came to. */
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

/** Runs seed after seed until a law is broken. */
export async function campaign(options: CampaignOptions): Promise<{ readonly tally: Tally; readonly broken?: Broken }> {
  const { seeds, from, on, ran } = options;
  const tally: Tally = {
    seeds: 0,
    deliveries: 0,
    invocations: 0,
    fired: noSites(),
    sitesOn: new Set(),
    checks: Object.fromEntries(lawNames.map((name) => [name, 0])) as Record<LawName, number>,
  };
  for (let seed = from; seed < from + seeds; seed++) {
    const scenario = generate(seed, on);
    const result = await play(scenario).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: the soak itself is at fault`, { cause });
    });
    add(tally, scenario, result);
    ran?.(tally);
    if (result.violation) return { tally, broken: { scenario, violation: result.violation } };
  }
  return { tally };
}

function add(tally: Tally, { sitesOn }: Scenario, { deliveries, invocations, fired, checks }: RunResult): void {
  tally.seeds++;
  tally.deliveries += deliveries;
  tally.invocations += invocations;
  for (const site of sitesOn) tally.sitesOn.add(site);
  for (const site of sites) tally.fired[site] += fired[site];
  for (const name of lawNames) tally.checks[name] += checks[name];
}

/** What a seed has to hold on average to be worth its name. */
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
