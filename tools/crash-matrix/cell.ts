import type { DeathName } from './deaths.ts';

/** One situation: a batch in which a process dies, until its shard has moved on. */
export interface Cell {
  readonly death: DeathName;
  readonly position: Position;
  /** Number of records. */
  readonly batch: number;
  readonly concurrency: number;
  readonly handler: HandlerKind;
  readonly bisect: boolean;
  readonly environment: EnvironmentKind;
  readonly runtime: Runtime;
}

/** Place of the struck records in the batch; `two` strikes two of them. */
export type Position = (typeof positions)[number];

export const positions = ['first', 'middle', 'last', 'two'] as const;

/** The wrapper of the function's handler. Only `eachRecord()` takes a concurrency. */
export type HandlerKind = (typeof handlerKinds)[number];

export const handlerKinds = ['eachRecord', 'wholeBatch', 'splitOnError'] as const;

/**
 * `same`: a new process on the old disk, with the file ledger. `replaced`: each death takes the disk with it, and the ledger is a
 * DynamoDB table with claims.
 */
export type EnvironmentKind = (typeof environmentKinds)[number];

export const environmentKinds = ['same', 'replaced'] as const;

/** Node's major version, and that of the official runtime client. */
export type Runtime = (typeof runtimes)[number];

export const runtimes = ['node22-ric4', 'node24-ric4', 'node22-ric3', 'node24-ric3'] as const;

export const batches = [1, 10, 100] as const;

/** The last one is the default. */
export const concurrencies = [1, 10, 32] as const;

/** N. */
export const attempts = 3;

/** Indexes of the struck records in the batch. */
export function struckIn({ position, batch }: Pick<Cell, 'position' | 'batch'>): number[] {
  if (position === 'first') return [0];
  if (position === 'middle') return [Math.floor(batch / 2)];
  if (position === 'last') return [batch - 1];
  return [Math.floor(batch / 3), Math.floor((2 * batch) / 3)];
}

export function cellName({ death, position, batch, concurrency, handler, bisect, environment, runtime }: Cell): string {
  const how = `${handler}, concurrency ${concurrency}, bisect ${bisect ? 'on' : 'off'}`;
  return `${death}, ${position} of ${batch}, ${how}, ${environment} environment, ${runtime}`;
}
