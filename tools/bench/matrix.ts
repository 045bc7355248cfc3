import type { Row } from './bench-case.ts';

/** The rows as a Markdown table: a line for each case, a column for each contender. */
export function matrix(rows: readonly Row[]): string {
  const contenders = [...new Set(rows.map(({ contender }) => contender))];
  const lines = [...Map.groupBy(rows, (row) => row.case)].map(([name, cells]) => [
    `${name} (${cells[0]!.unit})`,
    ...contenders.map((contender) => cellOf(cells.find((row) => row.contender === contender))),
  ]);
  const rule = ['---', ...contenders.map(() => '---:')];
  return [['', ...contenders], rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellOf(row: Row | undefined): string {
  return row === undefined ? '' : row.value.toLocaleString('en', { maximumFractionDigits: 0 });
}
