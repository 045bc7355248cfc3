import { Fence, seededRandom } from '@undam/simulator/parts';
import type { Ledger, LedgerKey } from 'undam';
import { faultyLedger, type LedgerSight } from '../faults/faulty-ledger.ts';
import type { MemorySight, ProcessSight } from '../sights/sights.ts';
import { type DiskProcess, VirtualDisk } from '../stores/virtual-disk.ts';
import { VirtualTable } from '../stores/virtual-table.ts';
import type { RunContext } from './run-context.ts';
import { dynamodbLedger, fileLedger, memoryLedger } from './under-test.ts';

const tableName = 'undam';

/** A disk, and the observed memory of the ledgers on it. */
interface DiskMemory {
  readonly disk: VirtualDisk;
  readonly memory: MemorySight;
}

/** The ledgers of all processes of a run, on their disks and in their table. */
export class Ledgers {
  readonly #run: RunContext;
  readonly #table: VirtualTable;
  readonly #tableMemory: MemorySight = { troubles: 0 };
  readonly #memories = new Map<MemorySight, LedgerSight>();
  /** Ids that the ledgers were asked for. */
  readonly #ids = new Set<string>();
  readonly #disks = new Map<number, DiskMemory>();

  constructor(run: RunContext) {
    this.#run = run;
    this.#table = new VirtualTable(run.time, seededRandom(`${run.scenario.seed}/table`), run.faults);
  }

  /** A process starts, with a ledger that meets the faults of the run. */
  processStarted(environment: number): { readonly process: ProcessSight; readonly ledger: Ledger } {
    const { faults, witness } = this.#run;
    const { process, ledger, neighbour } = this.#ledgerOf(environment);
    const { keys } = this.#memories.get(process.memory) ?? { keys: new Map() };
    this.#memories.set(process.memory, { ledger, keys });
    const asked = (key: LedgerKey, ids: readonly string[]): void => {
      keys.set(key.shardId, key);
      for (const id of ids) this.#ids.add(id);
    };
    const rejected = (cause: unknown): void => this.#rejected(cause);
    return { process, ledger: faultyLedger({ ledger, faults, process, witness, neighbour, asked, rejected }) };
  }

  /** A process, and its ledger in the place that the scenario has for it. */
  #ledgerOf(environment: number): { process: ProcessSight; ledger: Ledger; neighbour: Ledger | undefined } {
    const { witness, scenario, time } = this.#run;
    const { ledger: kind, claims = false, hasLocal = false, hasNeighbour = false } = scenario.guard;
    const { disk, memory: onDisk } = this.#diskOf(environment);
    const marks = kind === 'file' || hasLocal ? onDisk : undefined;
    const memory = kind === 'table' ? this.#tableMemory : (marks ?? { troubles: 0 });
    const process = witness.function.processStarted(environment, Fence.current()!, memory, marks);
    const local = marks && this.#fileLedger(disk, process);
    if (kind !== 'table') {
      const ledger = local ?? memoryLedger({ now: time.date });
      return { process, ledger, neighbour: hasNeighbour ? ledger : undefined };
    }
    const { client, untroubledClient } = this.#table;
    const ledger = dynamodbLedger({ tableName, client, claims, ...(local && { local }) });
    const neighbour = hasNeighbour ? dynamodbLedger({ tableName, client: untroubledClient }) : undefined;
    return { process, ledger, neighbour };
  }

  /** The disk of an environment, or the one that all of them have. */
  #diskOf(environment: number): DiskMemory {
    const { scenario, time } = this.#run;
    const number = scenario.guard.sharesDisk ? 0 : environment;
    const known = this.#disks.get(number) ?? { disk: new VirtualDisk(time.date), memory: { troubles: 0 } };
    this.#disks.set(number, known);
    return known;
  }

  #fileLedger(disk: VirtualDisk, process: DiskProcess): Ledger {
    return fileLedger({ folder: '/tmp/undam', files: disk.viewOf(process), now: this.#run.time.date });
  }

  /** A ledger may fail only where its table was made to. */
  #rejected(cause: unknown): void {
    if (this.#table.isPlanned(cause)) return;
    void this.#run.failed(new Error('the ledger failed, and nothing was wrong with its table', { cause }));
  }

  /** Shows the witness the memory at the end, where one ledger saw everything and did not fail: a deliberate replay has to run. */
  async showAtEnd(): Promise<void> {
    const { witness, time } = this.#run;
    const [only, another] = this.#memories;
    if (!only || another || only[0].troubles > 0 || !witness.allProcessed) return;
    const [memory, { keys, ledger }] = only;
    const looking = this.#recallAll(memory, ledger, [...keys.values()], [...this.#ids]);
    if (await time.runUntil(looking)) witness.known(await looking);
  }

  async #recallAll(
    memory: MemorySight,
    last: Ledger,
    keys: readonly LedgerKey[],
    ids: readonly string[],
  ): Promise<readonly string[]> {
    const disk = [...this.#disks.values()].find((one) => one.memory === memory)?.disk;
    const table = dynamodbLedger({ tableName, client: this.#table.untroubledClient });
    // The process that had it may have ended: its files are for the next one.
    const onDisk = disk ? this.#fileLedger(disk, { number: 0, fence: new Fence() }) : last;
    const ledger = this.#run.scenario.guard.ledger === 'table' ? table : onDisk;
    const recalled = keys.map((key) => ledger.recall(key, ids));
    // A process that ended may have left an answer: that of its records is forgotten by itself.
    return (await Promise.all(recalled)).flatMap((memories) =>
      [...memories].flatMap(([id, { answered }]) => (answered ? [] : [id])),
    );
  }
}
