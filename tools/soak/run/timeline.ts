import type { Healing } from './healing.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';

/** The events that a scenario plans for a time, not for a record or a call: puts, outages, reshards, clock steps, healing. */
export class Timeline {
  readonly #run: RunContext;
  readonly #records: PlannedStream;
  #outageUntil = -1;

  constructor(run: RunContext, records: PlannedStream) {
    this.#run = run;
    this.#records = records;
  }

  isOutage(): boolean {
    return !this.#run.faults.healed && this.#run.time.now() < this.#outageUntil;
  }

  start(healing: Healing): void {
    const { time, scenario } = this.#run;
    const bursts = Map.groupBy(scenario.records.keys(), (index) => scenario.records[index]!.at);
    for (const [at, indexes] of bursts) time.setTimeout(() => this.#records.put(indexes), at);
    time.setTimeout(() => healing.heal(), scenario.healsAtMs);
    for (const { site, at, ms } of scenario.faults) {
      if (site === 'reshard') time.setTimeout(() => this.#reshard(ms), at);
      if (site === 'clock-step') time.setTimeout(() => this.#stepClock(ms), at);
      if (site === 'downstream-outage') time.setTimeout(() => (this.#outageUntil = at + ms), at);
    }
    healing.watch();
  }

  #reshard(choice: number): void {
    const { faults, note } = this.#run;
    const { stream } = this.#records;
    if (faults.healed) return;
    const open = stream.openShardIds;
    faults.count('reshard');
    if (choice % 2 === 0 || open.length < 2) {
      const children = stream.splitShard(open[choice % open.length]!);
      note?.(() => `a shard is split into ${children.join(' ')}`);
      return;
    }
    try {
      const child = stream.mergeShards(open[0]!, open[1]!);
      note?.(() => `two shards are merged into ${child}`);
    } catch {
      stream.splitShard(open[0]!);
    }
  }

  #stepClock(ms: number): void {
    const { faults, time, note } = this.#run;
    if (faults.healed) return;
    faults.count('clock-step');
    time.stepDate(ms);
    note?.(() => `the clock steps by ${ms} ms`);
  }
}
