import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { batches, type Cell, concurrencies, environmentKinds, handlerKinds, positions, runtimes } from './cell.ts';
import { deathNames, deathOf } from './deaths.ts';

export interface MatrixCommand {
  readonly json?: string;
  readonly slice: boolean;
  /** True for a cell to run. */
  readonly only: (cell: Cell) => boolean;
  /** Number of cells side by side. */
  readonly workers: number;
  readonly help: boolean;
}

type Axis = keyof Cell;

/** The values of each axis, as text. */
const axes: Readonly<Record<Axis, readonly string[]>> = {
  death: deathNames,
  position: positions,
  batch: batches.map(String),
  concurrency: concurrencies.map(String),
  handler: handlerKinds,
  bisect: ['on', 'off'],
  environment: environmentKinds,
  runtime: runtimes,
};

export const help = `npm run crash-matrix -- [--json FILE] [--slice] [--only AXIS=VALUE] [--workers N]

Kills real processes under the official Lambda runtime clients in every way, at every place of a batch, until the shard has
moved on: with the file ledger on a disk that survives ("same"), and with claims in a DynamoDB emulator as the only survivor
("replaced"). Counts from outside Undam. Exit 1 if a bound is broken. Takes about ten minutes on two cores.

  --json FILE        write the figures of every cell to FILE
  --slice            one cell of each death in each environment, the runtimes in turn: less than a minute
  --only AXIS=VALUE  only these cells; repeatable, values of one axis are alternatives
  --workers N        cells side by side (default: one for each core)

Axes:
${Object.entries(axes)
  .map(([axis, values]) => `  ${axis.padEnd(12)}${values.join(', ')}`)
  .join('\n')}

Deaths:
${deathNames.map((name) => `  ${name.padEnd(21)}${deathOf(name).about}`).join('\n')}`;

/** Reads the command line. @throws Error that names the problem, for any unknown argument */
export function matrixCommand(args: readonly string[]): MatrixCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      slice: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      workers: { type: 'string', default: String(availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
  });
  const { json, slice, only, workers, help } = values;
  if (!/^[1-9]\d?$/.test(workers)) {
    throw new Error(`--workers: expected a whole number from 1 to 99, got ${JSON.stringify(workers)}`);
  }
  return {
    ...(json !== undefined && { json }),
    slice,
    only: wanted(only),
    workers: Number(workers),
    help,
  };
}

function wanted(only: readonly string[]): (cell: Cell) => boolean {
  const byAxis = Map.groupBy(only.map(readOnly), ({ axis }) => axis);
  return (cell) =>
    [...byAxis].every(([axis, alternatives]) => alternatives.some(({ value }) => value === asked(cell, axis)));
}

function readOnly(text: string): { readonly axis: Axis; readonly value: string } {
  const [, axis = '', value = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (!Object.hasOwn(axes, axis)) {
    throw new Error(
      `--only: expected AXIS=VALUE with one of ${Object.keys(axes).join(', ')}, got ${JSON.stringify(text)}`,
    );
  }
  const values = axes[axis as Axis];
  if (!values.includes(value)) {
    throw new Error(`--only ${axis}: expected one of ${values.join(', ')}, got ${JSON.stringify(value)}`);
  }
  return { axis: axis as Axis, value };
}

function asked(cell: Cell, axis: Axis): string {
  const value = cell[axis];
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
