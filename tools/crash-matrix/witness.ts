import { closeSync, openSync, readSync } from 'node:fs';

/** What the function says of itself, one line each, as it happens. Records by sequence number. */
export type Testimony =
  | { readonly at: 'started' | 'ended'; readonly record: string }
  /** The record runs, and waits for a SIGKILL. */
  | { readonly at: 'waiting-for-kill'; readonly record: string; readonly pid: number }
  /** The sink has it. */
  | { readonly at: 'quarantined'; readonly record: string; readonly reason: string }
  | { readonly at: 'ledger-failed'; readonly problem: string }
  /** An event tells of a death behind the answer that had passed so many records. */
  | { readonly at: 'answer-lost'; readonly records: number };

/** Reads on, from where it stopped, what processes append to a file, a line with each write. */
export class Witness {
  readonly #file: number;
  #position = 0;
  #rest = '';

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
  }

  read(): Testimony[] {
    const chunk = Buffer.alloc(65_536);
    for (;;) {
      const bytes = readSync(this.#file, chunk, 0, chunk.length, this.#position);
      if (bytes === 0) break;
      this.#position += bytes;
      this.#rest += chunk.toString('latin1', 0, bytes);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop()!;
    return lines.map((line) => JSON.parse(line) as Testimony);
  }

  close(): void {
    closeSync(this.#file);
  }
}
