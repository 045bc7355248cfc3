import { writeFileSync } from 'node:fs';
import { duration } from '../terminal/duration.ts';
import { isBroken } from './bounds.ts';
import { type Cell, cellName } from './cell.ts';
import { sliceOfMatrix, wholeMatrix } from './crossing.ts';
import { runMatrix } from './matrix.ts';
import { MatrixProgress } from './matrix-progress.ts';
import { help, type MatrixCommand, matrixCommand } from './options.ts';
import { figures, summary, tables } from './report.ts';

/** Duration of a cell on an idle core. */
const msPerCell = 3_400;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let command: MatrixCommand;
  let cells: readonly Cell[];
  try {
    command = matrixCommand(args);
    cells = (command.slice ? sliceOfMatrix() : wholeMatrix()).filter(command.only);
    if (cells.length === 0) throw new Error(`--only: no cell of the ${command.slice ? 'slice' : 'matrix'} is left`);
  } catch (error) {
    console.error(`crash-matrix: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (command.help) {
    console.log(help);
    return 0;
  }
  // Listeners for the exit end the environments and remove the folder.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  return crashMatrix(cells, command);
}

async function crashMatrix(cells: readonly Cell[], { workers, json }: MatrixCommand): Promise<number> {
  console.error(
    `${cells.length} cells, ${workers} side by side: about ${duration((msPerCell * cells.length) / workers)}`,
  );
  const began = performance.now();
  const progress = new MatrixProgress(cells.length);
  const results = await runMatrix(cells, { workers, ran: (result) => progress.ran(result) });
  progress.end();
  const wallMs = performance.now() - began;
  const broken = results.filter(({ findings }) => isBroken(findings.bounds));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures(results, wallMs), null, 2)}\n`);
  console.log(`${tables(results)}\n\n${summary(results, wallMs)}`);
  for (const { cell } of broken) console.log(`  BROKEN: ${cellName(cell)}`);
  console.log(broken.length === 0 ? '\nEvery bound was kept.' : `\nBounds are broken in ${broken.length} cells.`);
  return broken.length === 0 ? 0 : 1;
}
