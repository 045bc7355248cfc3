import { writeFileSync } from 'node:fs';
import { isBroken } from './bounds.ts';
import { type Cell, cellName } from './cell.ts';
import { sliceOfMatrix, wholeMatrix } from './crossing.ts';
import { type CellResult, runMatrix } from './matrix.ts';
import { help, type MatrixCommand, matrixCommand } from './options.ts';
import { brokenCell, figures, summary, tables } from './report.ts';

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
  // Environments are ended, and the folder is removed, by what listens for the exit.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  return crashMatrix(cells, command);
}

async function crashMatrix(cells: readonly Cell[], { workers, json }: MatrixCommand): Promise<number> {
  const began = performance.now();
  const results = await runMatrix(cells, { workers, ran: progress(cells.length) });
  const wallMs = performance.now() - began;
  const broken = results.filter(({ findings }) => isBroken(findings.bounds));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures(results, wallMs), null, 2)}\n`);
  console.log(`${tables(results)}\n\n${summary(results, wallMs)}`);
  for (const { cell } of broken) console.log(`  BROKEN: ${cellName(cell)}`);
  console.log(broken.length === 0 ? '\nEvery bound was kept.' : `\nBounds are broken in ${broken.length} cells.`);
  return broken.length === 0 ? 0 : 1;
}

/** Says how far it is: after each cell on a terminal, now and then elsewhere; and at once what broke a bound. */
function progress(cells: number): (results: readonly CellResult[]) => void {
  const isTerminal = process.stderr.isTTY;
  const every = isTerminal ? 1 : Math.ceil(cells / 20);
  let broken = 0;
  return (results) => {
    const last = results.at(-1)!;
    if (isBroken(last.findings.bounds)) {
      broken++;
      process.stderr.write(`${isTerminal ? '\n' : ''}${brokenCell(last)}\n`);
    }
    if (results.length % every !== 0 && results.length < cells) return;
    const deaths = results.reduce((total, { findings }) => total + findings.deaths, 0);
    const text = `${results.length} of ${cells} cells, ${deaths} deaths, bounds broken in ${broken}`;
    process.stderr.write(isTerminal ? `\r${text}${results.length === cells ? '\n' : ''}` : `${text}\n`);
  };
}
