import type { Bound, Row } from './bench-case.ts';

const header = ['case', 'contender', 'measured', 'ratio', 'bound', 'kept', 'note'];

/** The rows as aligned text, one line each, with a blank line between cases. */
export function table(rows: readonly Row[]): string {
  const grouped = [...Map.groupBy(rows, (row) => row.case).values()].flat();
  const lines = [header, ...grouped.map(cells)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  );
  return text.map((line, index) => (startsCase(grouped, index) ? `\n${line}` : line)).join('\n');
}

function startsCase(rows: readonly Row[], line: number): boolean {
  return line > 0 && rows[line - 1]?.case !== rows[line - 2]?.case;
}

function cells(row: Row): string[] {
  return [
    row.case,
    row.contender,
    `${row.value.toLocaleString('en', { maximumFractionDigits: row.unit === 'ms' ? 2 : 0 })} ${row.unit}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(3)}x`,
    row.bound === undefined ? '' : boundText(row.bound),
    row.bound === undefined ? '' : row.bound.ok ? 'yes' : 'NO',
    row.note ?? '',
  ];
}

function boundText({ of, atMost }: Bound): string {
  return of === 'ratio' ? `<= ${atMost}x` : `<= ${atMost.toLocaleString('en')}`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 2 || column === 3 ? cell.padStart(width) : cell.padEnd(width);
}
