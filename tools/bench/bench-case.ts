/** One contender's figure in one case. */
export interface Row {
  readonly case: string;
  readonly contender: string;
  readonly value: number;
  readonly unit: 'ns/record' | 'ms' | 'B' | 'B/record' | 'records/s' | 's/s' | 'records' | 'calls';
  /** Over the reference contender: the median of the rounds' own ratios. */
  readonly ratio?: number;
  readonly bound?: Bound;
  readonly note?: string;
}

/** The upper bound of a figure; `ok` tells whether the figure keeps it. */
export interface Bound {
  readonly of: 'ratio' | 'value';
  readonly atMost: number;
  readonly ok: boolean;
}

export interface BenchCase {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly about: string;
  readonly rounds: number;
  run(rounds: number, progress: (line: string) => void): Promise<readonly Row[]>;
}

export function bound(of: Bound['of'], measured: number, atMost: number): Bound {
  return { of, atMost, ok: measured <= atMost };
}
