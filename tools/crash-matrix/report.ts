import { arch, cpus, platform } from 'node:os';
import { type Bound, isBroken, type Promised, promises } from './bounds.ts';
import { attempts, cellName } from './cell.ts';
import { type DeathName, deathOf } from './deaths.ts';
import type { CellResult } from './matrix.ts';
import type { Delivery } from './observed-cell.ts';

const header = [
  'environment',
  'batch',
  'concurrency',
  'cells',
  'deaths',
  'deliveries',
  'passed after',
  'starts',
  'quarantined',
  'wrongly',
  'run twice',
  'lost',
  'bounds',
];

/** A table for each death: each line has the worst of the cells that differ only in position, bisect and runtime. */
export function tables(results: readonly CellResult[]): string {
  const byDeath = Map.groupBy(results, ({ cell }) => cell.death);
  return [...byDeath].map(([death, ofDeath]) => tableOf(death, ofDeath)).join('\n\n');
}

function tableOf(death: DeathName, results: readonly CellResult[]): string {
  const rows = Map.groupBy(results, ({ cell }) => `${cell.environment} ${cell.batch} ${cell.concurrency}`);
  const lines = [header, ...[...rows.values()].map(rowOf)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => pad(cell, widths[column]!, column))
      .join('  ')
      .trimEnd(),
  );
  return [`${death}: ${deathOf(death).about}`, ...text].join('\n');
}

function rowOf(results: readonly CellResult[]): string[] {
  const { environment, batch, concurrency } = results[0]!.cell;
  const of = (figure: 'deaths' | 'deliveries' | 'passedAfter' | 'starts' | 'quarantined' | 'runTwice' | 'lost') =>
    results.map(({ findings }) => findings[figure]);
  const most = (values: readonly number[]): number => Math.max(...values);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const bounds = results.flatMap(({ findings }) => findings.bounds);
  const broken = new Set(bounds.filter(({ kept }) => !kept).map(({ promise }) => promise));
  return [
    environment,
    String(batch),
    String(concurrency),
    String(results.length),
    String(most(of('deaths'))),
    String(most(of('deliveries'))),
    tightest(bounds, 'deliveries') ?? String(most(of('passedAfter'))),
    tightest(bounds, 'starts') ?? String(most(of('starts'))),
    String(sum(of('quarantined'))),
    String(sum(bounds.filter(({ promise }) => promise === 'quarantined').map(({ value }) => value))),
    tightest(bounds, 'run-twice') ?? String(most(of('runTwice'))),
    String(sum(of('lost'))),
    broken.size === 0 ? 'kept' : `BROKEN: ${[...broken].join(', ')}`,
  ];
}

/** The measurement closest to its bound. */
function tightest(bounds: readonly Bound[], promise: Promised): string | undefined {
  const [worst] = bounds
    .filter((bound) => bound.promise === promise)
    .toSorted((a, b) => b.value / b.atMost - a.value / a.atMost);
  return worst && `${worst.value} of ${worst.atMost}`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === header.length - 1 ? cell.padEnd(width) : cell.padStart(width);
}

/** The promises, each with the number of cells that kept it. */
export function summary(results: readonly CellResult[], wallMs: number): string {
  const bounds = results.flatMap(({ findings }) => findings.bounds);
  const lines = (Object.keys(promises) as Promised[]).map((promise) => {
    const mine = bounds.filter((bound) => bound.promise === promise);
    const kept = mine.filter((bound) => bound.kept).length;
    return `  ${`${kept} of ${mine.length}`.padStart(12)}  ${promises[promise]}`;
  });
  const deliveries = results.reduce((total, { findings }) => total + findings.deliveries, 0);
  const deaths = results.reduce((total, { findings }) => total + findings.deaths, 0);
  const again = results.filter(({ tries }) => tries > 1).length;
  const seconds = (wallMs / 1_000).toFixed(0);
  return [
    `${results.length} cells, ${deliveries} deliveries, ${deaths} deaths in ${seconds} s; N = ${attempts}. Bounds kept:`,
    ...lines,
    ...(again > 0 ? [`${again} cells were run again: the machine was too busy for the ledger.`] : []),
  ].join('\n');
}

/** Maximum of printed deliveries of a broken cell; `--json` has all of them. */
const maxShown = 25;

/** A cell that broke a bound, with its deliveries. Records by the end of their sequence numbers. */
export function brokenCell({ cell, findings, deliveries }: CellResult): string {
  const broken = findings.bounds.filter(({ kept }) => !kept);
  return [
    cellName(cell),
    ...broken.map(({ promise, value, atMost }) => `  ${promise}: ${value}, at most ${atMost} (${promises[promise]})`),
    ...deliveries.slice(0, maxShown).map((delivery, index) => `  ${index + 1}. ${deliveryLine(delivery)}`),
    ...(deliveries.length > maxShown ? [`  and ${deliveries.length - maxShown} more`] : []),
  ].join('\n');
}

function deliveryLine({ result, started, ended, quarantined, ledgerFailed }: Delivery): string {
  const short = (record: string): string => record.slice(-3);
  const open = started.filter((record) => !ended.includes(record)).map(short);
  const passed = quarantined.map(({ record, reason }) => `${short(record)} ${reason}`);
  return [
    JSON.stringify(result).slice(0, 160),
    `${started.length} started, not ended: ${open.join(' ') || 'none'}`,
    ...(passed.length > 0 ? [`quarantined: ${passed.join(', ')}`] : []),
    ...ledgerFailed,
  ].join('; ');
}

/** The figures as data. */
export function figures(results: readonly CellResult[], wallMs: number): object {
  return {
    measuredAt: new Date().toISOString(),
    machine: { platform: platform(), arch: arch(), cpus: cpus().length },
    wallMs: Math.round(wallMs),
    attempts,
    promises,
    cells: results.map(({ cell, ms, tries, findings, deliveries }) => ({
      ...cell,
      ms,
      tries,
      ...findings,
      ...(isBroken(findings.bounds) && { seen: deliveries }),
    })),
  };
}
