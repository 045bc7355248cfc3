import { sites } from '../faults/sites.ts';
import { lawNames } from '../laws/index.ts';
import { type Broken, faultsOf, least, shortcomings, type Tally } from './campaign.ts';

/** The figures as text. */
export function summary(tally: Tally, wallMs: number): string {
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  const perSeed = (sum: number): string => (sum / tally.seeds).toFixed(1);
  const faults = faultsOf(tally);
  const lines = [
    `${number(tally.seeds)} seeds in ${(wallMs / 1_000).toFixed(1)} s, ${number(tally.deliveries / (wallMs / 1_000))} deliveries a second`,
    `deliveries ${number(tally.deliveries)}, ${perSeed(tally.deliveries)} a seed (expected ${least.deliveries} at least)`,
    `faults     ${number(faults)}, ${perSeed(faults)} a seed (expected ${least.faults} at least)`,
    '',
    ...sites.map((site) => `  ${site.padEnd(34)}${count(number(tally.fired[site]), tally.sitesOn.has(site))}`),
    '',
    ...lawNames.map((name) => `  ${name.padEnd(34)}${number(tally.checks[name]).padStart(12)} checks`),
  ];
  return lines.join('\n');
}

function count(text: string, isOn: boolean): string {
  return isOn ? text.padStart(12) : 'off'.padStart(12);
}

/** A broken law, with all it takes to see it again. */
export function violationText({ scenario, violation }: Broken, smallest: Scenario, replay: string): string {
  const { law, problem, at } = violation;
  return [
    `${law}: ${problem} (seed ${scenario.seed}, at ${at} ms)`,
    `Again, with everything that happens: npm run soak -- --replay ${replay}`,
    `The smallest scenario found (put it into a file, then --replay FILE):`,
    JSON.stringify(smallest),
  ].join('\n');
}

type Scenario = Broken['scenario'];

/** The figures as data. */
export function figures(
  tally: Tally,
  wallMs: number,
  from: number,
  broken: Broken | undefined,
  smallest: Scenario | undefined,
): object {
  const faults = faultsOf(tally);
  return {
    measuredAt: new Date().toISOString(),
    node: process.versions.node,
    from,
    seeds: tally.seeds,
    deliveries: tally.deliveries,
    invocations: tally.invocations,
    faults,
    deliveriesPerSeed: tally.deliveries / tally.seeds,
    faultsPerSeed: faults / tally.seeds,
    wallMs: Math.round(wallMs),
    deliveriesPerSecond: Math.round(tally.deliveries / (wallMs / 1_000)),
    sites: tally.fired,
    sitesOn: [...tally.sitesOn].sort(),
    checks: tally.checks,
    shortcomings: shortcomings(tally),
    violation: broken ? { seed: broken.scenario.seed, ...broken.violation, smallest } : null,
  };
}
