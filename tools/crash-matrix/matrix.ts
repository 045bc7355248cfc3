import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Findings, isBroken, judge } from './bounds.ts';
import { type BundledFunction, bundleFunction } from './bundled-function.ts';
import type { Cell } from './cell.ts';
import type { Delivery } from './observed-cell.ts';
import { runCell } from './run-cell.ts';
import { partsOf } from './runtime.ts';
import { startTableServer, type TableServer } from './table-server.ts';

export interface CellResult {
  readonly cell: Cell;
  readonly ms: number;
  /** More than 1 if the machine was too busy for the ledger. */
  readonly tries: number;
  readonly findings: Findings;
  readonly deliveries: readonly Delivery[];
}

/** The resources that all cells share. */
export interface Laboratory {
  readonly folder: string;
  readonly bundle: BundledFunction;
  readonly table: TableServer;
}

/** Makes the resources of the cells for `work`, and removes them afterwards, even if the process is told to end. */
export async function inLaboratory<T>(work: (laboratory: Laboratory) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'undam-crash-matrix-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', clear);
  let table: TableServer | undefined;
  try {
    const functionFolder = join(folder, 'function');
    await mkdir(functionFolder);
    const nodes = (['node22-ric4', 'node24-ric4'] as const).map((runtime) => partsOf(runtime).node);
    const bundle = await bundleFunction(functionFolder, nodes);
    table = await startTableServer();
    return await work({ folder, bundle, table });
  } finally {
    await table?.stop();
    process.off('exit', clear);
    clear();
  }
}

export interface MatrixOptions {
  /** Number of cells side by side. */
  readonly workers: number;
  /** Called after each cell. */
  readonly ran?: (result: CellResult) => void;
}

/** Runs cells side by side; the results are in the order of the cells. A cell that cannot run ends the matrix. */
export async function runMatrix(cells: readonly Cell[], { workers, ran }: MatrixOptions): Promise<CellResult[]> {
  return inLaboratory(async (laboratory) => {
    const results: CellResult[] = [];
    const places = new Map<CellResult, number>();
    let next = 0;
    let failed = false;
    const work = async (): Promise<void> => {
      while (next < cells.length && !failed) {
        const place = next++;
        const result = await resultOf(cells[place]!, place, laboratory).catch((error: unknown) => {
          failed = true;
          throw error;
        });
        places.set(result, place);
        results.push(result);
        ran?.(result);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: workers }, work));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
    return results.toSorted((a, b) => places.get(a)! - places.get(b)!);
  });
}

/** A busy machine may be too slow for a ledger; a cell whose bound was broken by that runs again. */
const maxTries = 3;

async function resultOf(cell: Cell, place: number, { folder, bundle, table }: Laboratory): Promise<CellResult> {
  for (let tries = 1; ; tries++) {
    const functionName = `cell-${place}-${tries}`;
    const observed = await runCell(cell, { bundle, folder: join(folder, functionName), functionName, table });
    const findings = judge(observed);
    if (tries === maxTries || !isBroken(findings.bounds) || findings.ledgerFailures.length === 0)
      return { cell, ms: observed.ms, tries, findings, deliveries: observed.deliveries };
  }
}
