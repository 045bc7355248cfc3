import { closeSync, openSync, readSync } from 'node:fs';

/** The function's testimony, one line each, as it happens. Records by sequence number. */
export type Testimony =
  | { readonly at: 'started' | 'ended'; readonly record: string }
  /** The record runs and waits for a SIGKILL. */
  | { readonly at: 'waiting-for-kill'; readonly record: string; readonly pid: number }
  /** The sink has accepted it. */
  | { readonly at: 'quarantined'; readonly record: string; readonly reason: string }
  | { readonly at: 'ledger-failed'; readonly problem: string }
  /** An event reports a death behind an answer, which had passed this many records. */
  | { readonly at: 'answer-lost'; readonly records: number };

/** Reads the lines that processes append to a file with one write each; each read continues after the last. */
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
