import { expect, test } from '@jest/globals';
import type { Cell } from './cell.ts';
import type { CellResult } from './matrix.ts';
import { MatrixProgress } from './matrix-progress.ts';

const cell: Cell = {
  death: 'exit',
  position: 'middle',
  batch: 3,
  concurrency: 1,
  handler: 'eachRecord',
  bisect: false,
  environment: 'same',
  runtime: 'node22-ric4',
};

function resultOf(kept: boolean): CellResult {
  const figures = { deliveries: 1, deaths: 4, starts: 1, passedAfter: 1, quarantined: 1, runTwice: 0, lost: 0 };
  const bounds = [{ promise: 'starts', value: 6, atMost: 5, kept }] as const;
  return { cell, ms: 1, tries: 1, findings: { ...figures, ledgerFailures: [], bounds }, deliveries: [] };
}

test('a cell that breaks a bound is shown at once, and one that breaks none is not', () => {
  const written: string[] = [];
  const progress = new MatrixProgress(3, { write: (text) => written.push(text) });
  progress.ran(resultOf(true));
  expect(written).toEqual([]);
  progress.ran(resultOf(false));
  expect(written).toHaveLength(1);
  expect(written[0]).toContain('  starts: 6, at most 5');
});
