import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly json?: string;
  readonly only?: string;
  readonly rounds?: number;
  readonly strict: boolean;
  readonly help: boolean;
}

/** Reads the command line. @throws Error that names the problem, for any unknown argument */
export function benchOptions(args: readonly string[], caseNames: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { json, only, rounds, strict, help } = values;
  if (only !== undefined && !caseNames.includes(only)) {
    throw new Error(`--only: expected ${caseNames.join(', ')}, got ${JSON.stringify(only)}`);
  }
  if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new Error(`--rounds: expected a whole number from 1 to 9999, got ${JSON.stringify(rounds)}`);
  }
  return {
    ...(json !== undefined && { json }),
    ...(only !== undefined && { only }),
    ...(rounds !== undefined && { rounds: Number(rounds) }),
    strict,
    help,
  };
}
