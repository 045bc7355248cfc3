import { duration } from './duration.ts';

/** Where progress is written: standard error, or what stands for it in a test. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** In the same unit as the work done. */
  readonly total: number;
  /** What is done already; the estimate does not count on its speed. @default 0 */
  readonly done?: number;
  /** The line without its estimate. */
  readonly text: (done: number) => string;
  /** @default standard error */
  readonly output?: ProgressOutput;
  /** A clock in milliseconds. @default that of the process */
  readonly now?: () => number;
  /** Milliseconds between lines when the output is no terminal. @default a minute */
  readonly everyMs?: number;
}

/** How often the line of a terminal is written again. */
const redrawMs = 200;

/** Says how much is done and how long the rest will take: one line that changes on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #options: Required<ProgressOptions>;
  readonly #beganAt: number;
  #shownAt: number;
  #done: number;
  #isOpen = false;

  constructor(options: ProgressOptions) {
    this.#options = { done: 0, output: process.stderr, now: () => performance.now(), everyMs: 60_000, ...options };
    this.#done = this.#options.done;
    this.#beganAt = this.#shownAt = this.#options.now();
  }

  /** To be called whenever more is done. */
  at(done: number): void {
    this.#done = done;
    const { output, now, everyMs } = this.#options;
    if (now() - this.#shownAt < (output.isTTY ? redrawMs : everyMs)) return;
    this.#shownAt = now();
    if (output.isTTY) this.#redraw();
    else output.write(`${this.#line()}\n`);
  }

  /** Has something written that stays, above the line of a terminal. */
  above(write: () => void): void {
    if (this.#isOpen) this.#options.output.write('\r\u001b[K');
    write();
    if (this.#isOpen) this.#redraw();
  }

  /** Takes the line off the terminal: what comes next says how it ended. */
  end(): void {
    if (this.#isOpen) this.#options.output.write('\r\u001b[K');
    this.#isOpen = false;
  }

  #redraw(): void {
    this.#isOpen = true;
    this.#options.output.write(`\r${this.#line()}\u001b[K`);
  }

  #line(): string {
    const { text, total, done, now } = this.#options;
    const spentMs = now() - this.#beganAt;
    const fresh = this.#done - done;
    const left = total - this.#done;
    const estimate = left <= 0 || fresh <= 0 ? '' : `, about ${duration((spentMs / fresh) * left)} left`;
    return `${text(this.#done)}${estimate}`;
  }
}
