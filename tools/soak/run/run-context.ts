import type { VirtualTime } from '@undam/simulator/parts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Note } from '../witness/context.ts';
import type { Witness } from '../witness/witness.ts';

/** Shared by all parts of one run. */
export interface RunContext {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly witness: Witness;
  readonly note: Note | undefined;
  /** True while everything downstream refuses. */
  isOutage(): boolean;
  /** The soak itself is at fault: no handler may hide that. */
  failed(error: unknown): Promise<never>;
  /** Ends the run. */
  end(): void;
}
