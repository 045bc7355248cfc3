/** Handlers that were timed out or cut off and have not settled: of one invocation, and of all in its process. */
export class Zombies {
  /** Only this class writes it. */
  count = 0;
  readonly #ofProcess: Zombies | undefined;

  /** @param ofProcess absent for the process's own count */
  constructor(ofProcess?: Zombies) {
    this.#ofProcess = ofProcess;
  }

  /** A handler is left to itself: until it settles, no suspect runs alone beside it. */
  giveUp(): void {
    this.count++;
    this.#ofProcess?.giveUp();
  }

  /** A handler that was given up has settled. */
  settled(): void {
    this.count--;
    this.#ofProcess?.settled();
  }
}
