import type { VirtualTime } from '@undam/simulator/parts';
import type { FaultPlan } from './fault-plan.ts';
import type { Scenario, Step } from './scenario.ts';
import type { How, ProcessSight, RecordSight } from './sights.ts';
import { OutageError, PermanentError } from './under-test.ts';
import type { Witness } from './witness.ts';

/** What the handlers of one run share. */
export interface Stage {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly witness: Witness;
  /** True while everything downstream refuses. */
  isOutage(): boolean;
  /** The soak itself is at fault: no handler may hide that. */
  failed(error: unknown): Promise<never>;
}

/** One process: who acts, and how it can end itself. */
export interface Actor {
  readonly process: ProcessSight;
  crash(): void;
}

/** How the handler's work on a record ended, and with what error. */
export interface Outcome {
  readonly how: How;
  readonly error?: Error;
}

/** What the handler does at the next start on a record: a step of its plan, or what its nature is. */
export function stepOf(record: RecordSight, { faults }: Stage): Step | undefined {
  const { steps, nature } = record.planned;
  const step = faults.healed ? undefined : steps[record.starts];
  if (step) return step;
  return nature === 'ok' ? undefined : { does: nature, ms: 0, site: siteOf[nature] };
}

const siteOf = {
  throw: 'handler-throws',
  permanent: 'handler-throws-permanently',
  hang: 'handler-hangs',
  crash: 'process-crashes',
} as const;

/** Acts a step out; the handler of a record that is well only takes its time. */
export async function act(
  record: RecordSight,
  step: Step | undefined,
  signal: () => AbortSignal,
  { process, crash }: Actor,
  { time, faults, witness, isOutage }: Stage,
): Promise<Outcome> {
  if (isOutage()) {
    faults.count('downstream-outage');
    record.wasTroubled = true;
    return { how: 'outage', error: new OutageError('downstream is down') };
  }
  if (!step) {
    if (record.planned.ms > 0) await time.sleep(record.planned.ms);
    return { how: 'ok' };
  }
  if (!faults.healed) faults.count(step.site);
  record.wasTroubled = true;
  switch (step.does) {
    case 'throw':
    case 'permanent':
      if (step.ms > 0) await time.sleep(step.ms);
      return step.does === 'throw'
        ? { how: 'rejected', error: new Error('planned') }
        : { how: 'permanent', error: new PermanentError('planned') };
    case 'outage':
      if (step.ms > 0) await time.sleep(step.ms);
      return { how: 'outage', error: new OutageError('planned') };
    case 'hang':
      return new Promise(() => {});
    case 'polite':
      return Promise.race([time.sleep(step.ms).then((): Outcome => ({ how: 'ok' })), aborted(signal())]);
    case 'block':
      time.block(step.ms);
      witness.stoodStill(step.ms);
      return { how: 'ok' };
    case 'crash':
      if (step.ms > 0) await time.sleep(step.ms);
      if (process.fence.ended) return new Promise(() => {});
      witness.kills(record, process);
      crash();
      return new Promise(() => {});
    case 'stray':
      void time.sleep(step.ms).then(() => Promise.reject(new Error('stray')));
      return { how: 'ok' };
    default:
      await time.sleep(step.ms);
      return { how: 'ok' };
  }
}

function aborted(signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ how: 'aborted', error: signal.reason as Error });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
