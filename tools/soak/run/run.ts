import { type VirtualTime, withVirtualTime } from '@undam/simulator/parts';
import { FaultPlan } from '../faults/fault-plan.ts';
import type { SiteCounts } from '../faults/sites.ts';
import type { LawName } from '../laws/index.ts';
import type { Violation } from '../laws/violation.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Note } from '../witness/context.ts';
import { Witness } from '../witness/witness.ts';
import { Healing } from './healing.ts';
import { PlannedFunction } from './planned-function.ts';
import { PlannedMapping } from './planned-mapping.ts';
import { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';
import { Timeline } from './timeline.ts';

/** The result of a run. */
export interface RunResult {
  readonly violation: Violation | undefined;
  readonly deliveries: number;
  readonly invocations: number;
  readonly fired: SiteCounts;
  readonly checks: Readonly<Record<LawName, number>>;
}

/** Runs a scenario under virtual time: faults first, then everything heals and has to end. */
export function play(scenario: Scenario, note?: Note): Promise<RunResult> {
  return withVirtualTime({ seed: scenario.seed }, (time) => new Run(scenario, time, note).result());
}

class Run implements RunContext {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly witness: Witness;
  readonly note: Note | undefined;
  readonly #timeline: Timeline;
  readonly #healing: Healing;
  readonly #mapping: PlannedMapping;
  readonly #function: PlannedFunction;
  readonly #over = Promise.withResolvers<void>();

  constructor(scenario: Scenario, time: VirtualTime, note: Note | undefined) {
    this.scenario = scenario;
    this.time = time;
    this.note = note && ((text) => note(() => `${String(time.now()).padStart(9)} ${text()}`));
    this.faults = new FaultPlan(scenario);
    this.witness = new Witness(scenario, time.now, this.end, this.note);
    const records = new PlannedStream(this);
    this.#timeline = new Timeline(this, records);
    this.#mapping = new PlannedMapping(this, records);
    this.#healing = new Healing(this, records, this.#mapping);
    this.#function = new PlannedFunction(this, records, this.#healing);
  }

  readonly isOutage = (): boolean => this.#timeline.isOutage();

  readonly failed = (error: unknown): Promise<never> => {
    this.#over.reject(error);
    return new Promise(() => {});
  };

  readonly end = (): void => this.#over.resolve();

  async result(): Promise<RunResult> {
    const { time, scenario, faults, witness } = this;
    const { laws, mapping } = witness;
    this.#timeline.start(this.#healing);
    this.#mapping.start(() => this.#function.simulated());
    if (await time.runUntil(this.#over.promise)) await this.#over.promise;
    if (!laws.violation && mapping.ended < scenario.records.length) mapping.left();
    if (!laws.violation) await this.#function.ledgers.showAtEnd();
    const { violation, checks } = laws;
    const { deliveries, invocations } = witness.function;
    return { violation, deliveries, invocations, fired: faults.fired, checks };
  }
}
