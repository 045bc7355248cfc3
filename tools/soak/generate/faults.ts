import { seededRandom, wholeNumber } from '@undam/simulator/parts';
import type { Site } from '../faults/sites.ts';
import type { Fault } from '../scenario/scenario.ts';

/** Faults of the calls that a run may make. Most runs make fewer. */
const maxCalls = 120;

/** Sites that meet calls, with how likely they are to meet one. */
const callSites: Readonly<Partial<Record<Site, readonly [number, number]>>> = {
  'sink-throttles': [0.05, 0.5],
  'sink-takes-a-part': [0.1, 0.6],
  'sink-times-out': [0.05, 0.4],
  'sink-answer-lost': [0.05, 0.5],
  'ledger-read-fails': [0.02, 0.3],
  'ledger-write-fails': [0.02, 0.4],
  'ledger-hangs': [0.01, 0.15],
  'ledger-is-stale': [0.05, 0.4],
  'marks-fail': [0.02, 0.2],
  'table-throttles': [0.02, 0.4],
  'table-answer-lost': [0.02, 0.3],
  'dies-behind-answer': [0.02, 0.15],
  'environment-recycled': [0.02, 0.15],
  'invocation-throttled': [0.03, 0.25],
  'duplicate-delivery': [0.03, 0.25],
};

/** The faults of a site that belong to no record. */
export function faultsOf(site: Site, seed: number): Fault[] {
  const own = seededRandom(`${seed}/${site}/calls`);
  const range = callSites[site];
  if (range) {
    const chance = range[0] + own() * (range[1] - range[0]);
    const calls = Array.from({ length: maxCalls }, (_, at) => ({ site, at, ms: wholeNumber(own, 0, 3), own: own() }));
    return calls.filter((call) => call.own < chance).map(({ at, ms }) => ({ site, at, ms }));
  }
  const some = (count: number, least: number, most: number, ms: () => number): Fault[] =>
    Array.from({ length: count }, () => ({ site, at: wholeNumber(own, least, most), ms: ms() }));
  switch (site) {
    case 'expired-prefix':
      // A row of throttles, so that waiting records grow too old.
      return some(1, 1, 6, () => wholeNumber(own, 4, 6));
    case 'reshard':
      return some(wholeNumber(own, 1, 3), 500, 40_000, () => wholeNumber(own, 0, 3));
    case 'clock-step':
      return some(wholeNumber(own, 1, 3), 500, 60_000, () => wholeNumber(own, -30_000, 30_000));
    case 'downstream-outage':
      return some(1, 1_000, 20_000, () => wholeNumber(own, 2_000, 40_000));
    default:
      return [];
  }
}
