import type { Site } from '../faults/sites.ts';
import type { RunContext } from '../run/run-context.ts';
import { OutageError, PermanentError } from '../run/under-test.ts';
import type { Decoding, Nature, Step } from '../scenario/scenario.ts';
import type { How, ProcessSight, RecordSight } from '../sights/sights.ts';

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

/** What handler or decoder do at a start on a record, counted from 0: a step of its plan, or what its nature is. */
export function stepOf(
  { steps, nature }: Decoding,
  start: number,
  { faults }: RunContext,
  siteOf: NatureSites = handlerSites,
): Step | undefined {
  const step = faults.healed ? undefined : steps[start];
  if (step) return step;
  return nature === 'ok' ? undefined : { does: nature, ms: 0, site: siteOf[nature] };
}

/** The sites that a record's nature fires. */
type NatureSites = Readonly<Record<Exclude<Nature, 'ok'>, Site>>;

const handlerSites: NatureSites = {
  throw: 'handler-throws',
  permanent: 'handler-throws-permanently',
  hang: 'handler-hangs',
  crash: 'process-crashes',
};

export const decoderSites: NatureSites = {
  throw: 'decoder-throws',
  permanent: 'decoder-throws-permanently',
  hang: 'decoder-hangs',
  crash: 'decoder-crashes',
};

/** Acts a handler's step out; the handler of a record that is well only takes its time. */
export async function act(
  record: RecordSight,
  step: Step | undefined,
  signal: () => AbortSignal,
  actor: Actor,
  run: RunContext,
): Promise<Outcome> {
  const { time, faults, isOutage } = run;
  if (isOutage()) {
    faults.count('downstream-outage');
    record.wasTroubled = true;
    return { how: 'outage', error: new OutageError('downstream is down') };
  }
  if (!step) {
    if (record.planned.ms > 0) await time.sleep(record.planned.ms);
    return { how: 'ok' };
  }
  met(record, step, run);
  if (step.does !== 'polite') return actInTime(record, step, actor, run);
  return Promise.race([time.sleep(step.ms).then((): Outcome => ({ how: 'ok' })), aborted(signal())]);
}

/** A step is about to be acted out. */
export function met(record: RecordSight, { site }: Step, { faults }: RunContext): void {
  if (!faults.healed) faults.count(site);
  record.wasTroubled = true;
}

/** Acts a step out that needs no signal. */
export async function actInTime(record: RecordSight, step: Step, actor: Actor, run: RunContext): Promise<Outcome> {
  const { time } = run;
  switch (step.does) {
    case 'hang':
      return new Promise(() => {});
    case 'block':
      return actAtOnce(record, step, actor, run);
    case 'stray':
      void time.sleep(step.ms).then(() => Promise.reject(new Error('stray')));
      return { how: 'ok' };
    default: {
      if (step.ms > 0 || step.does === 'slow') await time.sleep(step.ms);
      const outcome = actAtOnce(record, step, actor, run);
      return step.does === 'crash' ? new Promise(() => {}) : outcome;
    }
  }
}

/** Acts out what of a step takes no turn of the loop. Behind a crash nothing that comes of it counts. */
export function actAtOnce(record: RecordSight, step: Step, { process, crash }: Actor, run: RunContext): Outcome {
  const { time, witness } = run;
  switch (step.does) {
    case 'throw':
      return { how: 'rejected', error: new Error('planned') };
    case 'permanent':
      return { how: 'permanent', error: new PermanentError('planned') };
    case 'outage':
      return { how: 'outage', error: new OutageError('planned') };
    case 'block':
      time.block(step.ms);
      witness.eventLoop.stoodStill(step.ms);
      return { how: 'ok' };
    case 'crash':
      if (process.fence.ended) return { how: 'ok' };
      witness.function.kills(record, process);
      crash();
      return { how: 'ok' };
    default:
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
