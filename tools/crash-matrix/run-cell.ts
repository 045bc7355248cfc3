import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentResult } from '@undam/simulator';
import type { InvocationResult, StreamEvent } from '@undam/simulator/parts';
import { maxDeliveries } from './bounds.ts';
import type { BundledFunction } from './bundled-function.ts';
import { type Cell, cellName, struckIn } from './cell.ts';
import { deathOf } from './deaths.ts';
import type { LedgerKind } from './function-variables.ts';
import { MortalFunction } from './mortal-function.ts';
import type { Delivery, ObservedCell } from './observed-cell.ts';
import { Shard } from './shard.ts';
import type { TableServer } from './table-server.ts';
import { type Testimony, Witness } from './witness.ts';

export interface CellOptions {
  readonly bundle: BundledFunction;
  /** A folder that does not exist yet; removed at the end. */
  readonly folder: string;
  /** Distinct from that of any other cell on the same table. */
  readonly functionName: string;
  readonly table: Pick<TableServer, 'endpoint' | 'tableName'>;
  /** The function's ledger. @default that of the environment */
  readonly ledger?: LedgerKind;
}

/** Milliseconds between two looks for a record that waits for its SIGKILL. */
const lookEveryMs = 2;

/** Delivers a cell's batch to real processes until its shard has moved on. */
export async function runCell(cell: Cell, options: CellOptions): Promise<ObservedCell> {
  await mkdir(options.folder);
  const run = new CellRun(cell, options);
  try {
    return await run.observe();
  } finally {
    await run.end();
    await rm(options.folder, { recursive: true, force: true });
  }
}

class CellRun {
  readonly #cell: Cell;
  readonly #struckFolder: string;
  readonly #shard: Shard;
  readonly #witness: Witness;
  readonly #function: MortalFunction;
  readonly #deliveries: Delivery[] = [];
  /** A process in which two records wait is killed once. */
  readonly #killed = new Set<number>();

  constructor(cell: Cell, { bundle, folder, functionName, table, ledger }: CellOptions) {
    const account = 'us-east-1:000000000000';
    const witness = join(folder, 'witness');
    this.#cell = cell;
    this.#struckFolder = folder;
    this.#shard = new Shard({
      batchSize: cell.batch,
      bisect: cell.bisect,
      streamArn: `arn:aws:kinesis:${account}:stream/crashes`,
    });
    this.#witness = new Witness(witness);
    this.#function = new MortalFunction({
      cell,
      taskRoot: bundle.folder,
      folder,
      functionArn: `arn:aws:lambda:${account}:function:${functionName}`,
      variables: {
        ...bundle.variables,
        CRASH_DEATH: cell.death,
        CRASH_CONCURRENCY: String(cell.concurrency),
        CRASH_HANDLER: cell.handler,
        CRASH_LEDGER: ledger ?? (cell.environment === 'same' ? 'default' : 'dynamodb'),
        CRASH_WITNESS: witness,
        CRASH_STRUCK: folder,
        CRASH_TABLE: table.tableName,
        CRASH_ENDPOINT: table.endpoint,
      },
    });
  }

  async observe(): Promise<ObservedCell> {
    const began = performance.now();
    const cell = this.#cell;
    await this.#passBatchBefore();
    const struck = struckIn(cell);
    const records = Array.from({ length: cell.batch }, (_, index) =>
      this.#shard.put(keyOf(index, cell), struck.includes(index) ? 'struck' : 'healthy'),
    );
    const movedOn = await this.#shard.moveOn((batch, event) => this.#deliver(batch, event), maxDeliveries(cell));
    return {
      cell,
      struck: struck.map((index) => records[index]!),
      healthy: records.filter((_, index) => !struck.includes(index)),
      deliveries: this.#deliveries,
      movedOn,
      ms: Math.round(performance.now() - began),
    };
  }

  async end(): Promise<void> {
    await this.#function.replace();
    this.#witness.close();
  }

  /** For a stray rejection: the batch that leaves it behind, at its second delivery and in a process that survives it. */
  async #passBatchBefore(): Promise<void> {
    if (this.#cell.death !== 'stray-rejection') return;
    this.#shard.put('before', 'leaves-a-promise');
    const passed = await this.#shard.moveOn((batch, event) => this.#deliver(batch, event), 2);
    const [, second] = this.#deliveries.splice(0);
    if (!passed || second?.ended.length !== 1) throw this.#broken('the batch before did not pass');
  }

  async #deliver(records: readonly string[], event: StreamEvent): Promise<InvocationResult> {
    const said: Testimony[] = [];
    const { killsFromOutside = false } = deathOf(this.#cell.death);
    const listening = killsFromOutside ? setInterval(() => said.push(...this.#listen()), lookEveryMs) : undefined;
    const result = await this.#function.invoke(event).finally(() => clearInterval(listening));
    said.push(...this.#listen());
    if (result.kind === 'init-error')
      throw this.#broken(`the environment did not come up: ${result.error.errorMessage}`);
    const delivery = deliveryOf(records, result, said);
    this.#deliveries.push(delivery);
    if (delivery.died && this.#cell.environment === 'replaced') await this.#function.replace();
    return result.kind === 'response' ? result : { kind: 'function-error' };
  }

  /** The testimony since the last call; a record that waits for its SIGKILL gets it. */
  #listen(): Testimony[] {
    const said = this.#witness.read();
    for (const testimony of said) if (testimony.at === 'waiting-for-kill') this.#kill(testimony);
    return said;
  }

  #kill({ record, pid }: Testimony & { at: 'waiting-for-kill' }): void {
    if (deathOf(this.#cell.death).strikes === 'once') closeSync(openSync(join(this.#struckFolder, record), 'w'));
    if (!this.#killed.has(pid)) process.kill(pid, 'SIGKILL');
    this.#killed.add(pid);
  }

  #broken(problem: string): Error {
    return new Error(`${cellName(this.#cell)}: ${problem}\n${this.#function.output}`.trimEnd());
  }
}

function deliveryOf(records: readonly string[], result: EnvironmentResult, said: readonly Testimony[]): Delivery {
  const recordsAt = (at: Testimony['at']): string[] =>
    said.flatMap((testimony) => (testimony.at === at && 'record' in testimony ? [testimony.record] : []));
  return {
    records,
    result,
    died: result.kind !== 'response',
    started: recordsAt('started'),
    ended: recordsAt('ended'),
    quarantined: said.flatMap((testimony) => (testimony.at === 'quarantined' ? [testimony] : [])),
    answerLost: said.reduce((sum, testimony) => sum + (testimony.at === 'answer-lost' ? testimony.records : 0), 0),
    ledgerFailed: said.flatMap((testimony) => (testimony.at === 'ledger-failed' ? [testimony.problem] : [])),
  };
}

/** Small batches have a key for each record, large ones a key for two. */
function keyOf(index: number, { batch }: Cell): string {
  return `key-${index % Math.max(10, batch / 2)}`;
}
