import type { PlannedMapping } from './planned-mapping.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';

/** Time between two looks for records that left the stream unread. */
const lookMs = 20_000;
/** More looks without an invocation than any back-off of the mapping lasts. */
const maxSilentLooks = 15;

/** The end of all faults; from then on every record has to end, within so many invocations. */
export class Healing {
  readonly #run: RunContext;
  readonly #records: PlannedStream;
  readonly #mapping: PlannedMapping;
  /** Once everything is healed. */
  #endsByInvocation = Infinity;

  constructor(run: RunContext, records: PlannedStream, mapping: PlannedMapping) {
    this.#run = run;
    this.#records = records;
    this.#mapping = mapping;
  }

  heal(): void {
    const { faults, witness, scenario, note } = this.#run;
    if (faults.healed) return;
    faults.heal();
    const left = scenario.records.length - witness.mapping.ended;
    const { ParallelizationFactor, BatchSize } = scenario.mapping;
    const { claims, handler } = scenario.guard;
    // A record that hangs or kills among others is found by halves.
    const halvings = claims || handler === 'splitOnError' ? Math.ceil(Math.log2(BatchSize)) + 1 : 0;
    const subShards = (scenario.shards + 3) * ParallelizationFactor;
    // Each response passes the head or charges it, in the memory of one of the environments; halves come on top.
    this.#endsByInvocation =
      witness.function.invocations + 20 + left * (scenario.guard.attempts + 3 + halvings) * subShards;
    note?.(() => `everything heals; ${left} records have not ended`);
  }

  /** An invocation begins. */
  invoked(): void {
    const { witness, scenario } = this.#run;
    if (witness.function.invocations >= this.#endsByInvocation) this.#run.end();
    if (witness.function.invocations >= scenario.healsAtInvocation) this.heal();
  }

  /** Ends a run without invocations, once everything has healed. */
  watch(silentLooks = 0, invocationsBefore = 0): void {
    this.#run.time.setTimeout(() => this.#look(silentLooks, invocationsBefore), lookMs);
  }

  #look(silentLooks: number, invocationsBefore: number): void {
    const { witness, faults } = this.#run;
    this.#dropUnread();
    const { invocations } = witness.function;
    const isSilent = faults.healed && invocations === invocationsBefore;
    if (silentLooks === maxSilentLooks) this.#run.end();
    else this.watch(isSilent ? silentLooks + 1 : 0, invocations);
  }

  /** Records that left the stream before they were read. Until everything has healed, the clock may yet be set back. */
  #dropUnread(): void {
    const { witness, scenario, time, faults } = this.#run;
    if (!faults.healed || !this.#mapping.isIdle) return;
    for (const { index, end, sequenceNumber } of witness.records) {
      if (end !== undefined || sequenceNumber === '') continue;
      if (time.date() - this.#records.arrivals[index]! > scenario.retentionMs) this.#mapping.passed([index], 'expired');
    }
  }
}
