/** Keeps the end of an unbounded text. */
export interface OutputTail {
  append(text: string): void;
  /** The last `limit` characters. */
  read(): string;
}

/** A tail of at most `limit` characters. */
export function outputTail(limit: number): OutputTail {
  let tail = '';
  return {
    append(text) {
      tail = (tail + text).slice(-limit);
    },
    read: () => tail,
  };
}
