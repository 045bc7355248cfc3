import { ProgressLine, type ProgressOutput } from '../terminal/progress-line.ts';
import { isBroken } from './bounds.ts';
import type { CellResult } from './matrix.ts';
import { brokenCell } from './report.ts';

/** Shows the progress of the matrix, and each broken bound at once. */
export class MatrixProgress {
  readonly #output: ProgressOutput;
  readonly #line: ProgressLine;
  #cells = 0;
  #deaths = 0;
  #broken = 0;

  /** @param output standard error by default */
  constructor(total: number, output: ProgressOutput = process.stderr) {
    this.#output = output;
    this.#line = new ProgressLine({
      total,
      text: (done) => `${done} of ${total} cells, ${this.#deaths} deaths, bounds broken in ${this.#broken}`,
      output,
      everyMs: 15_000,
    });
  }

  ran(result: CellResult): void {
    this.#cells++;
    this.#deaths += result.findings.deaths;
    if (isBroken(result.findings.bounds)) {
      this.#broken++;
      this.#line.above(() => this.#output.write(`${brokenCell(result)}\n`));
    }
    this.#line.at(this.#cells);
  }

  end(): void {
    this.#line.end();
  }
}
