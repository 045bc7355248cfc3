import type { LambdaContext, StreamEvent, StreamRecord } from 'undam';
import type { RunContext } from '../run/run-context.ts';
import type { Step } from '../scenario/scenario.ts';
import type { RecordSight, StartSight } from '../sights/sights.ts';
import { type Actor, act, stepOf } from './handler-acts.ts';

const thrown = Symbol('thrown');

const unreadable: readonly unknown[] = [
  undefined,
  null,
  {},
  'done',
  { batchItemFailures: [{ itemIdentifier: '' }] },
  { batchItemFailures: [{ itemIdentifier: '49590338271490256608559692538361571095921575989136588898' }] },
];

interface Signalled {
  readonly signal: AbortSignal;
}

/** The handler of whole batches in one process, for `wholeBatch()`: one record after the other, failures reported. */
export function batchHandler(
  actor: Actor,
  run: RunContext,
  recordOf: (record: StreamRecord) => RecordSight,
): (event: StreamEvent, context: LambdaContext, options: Signalled) => Promise<unknown> {
  const { process } = actor;
  const { witness, scenario } = run;
  const { reports, reportsRest } = scenario.guard;
  const stopsAtFirst = reports === 'first';

  return async (event, context, options) => {
    const outcome = await handle(event, context, options).catch(run.failed);
    if (outcome === thrown) throw new Error('planned');
    return outcome;
  };

  async function handle({ Records }: StreamEvent, context: LambdaContext, { signal }: Signalled): Promise<unknown> {
    if (process.fence.ended) return new Promise(() => {});
    const { invocation } = process;
    const isOfThisInvocation = invocation?.context === context;
    const told = { number: 0, isOfThisInvocation, isAborted: signal.aborted, decoded: undefined };
    const records = Records.map((record) => recordOf(record));
    const steps = records.map((record) => stepOf(record.planned, record.starts, run));
    const starts = records.map((record) => witness.handler.called(record, process, told, records.length));
    const outcome = await work(records, steps, starts, signal);
    witness.handler.callEnded(starts);
    return outcome;
  }

  async function work(
    records: readonly RecordSight[],
    steps: readonly (Step | undefined)[],
    starts: readonly StartSight[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const failed: number[] = [];
    for (const [place, record] of records.entries()) {
      const start = starts[place]!;
      const step = steps[place];
      if (step?.does === 'unreadable' || step?.does === 'opaque') {
        run.faults.count(step.site);
        for (const one of records) one.wasTroubled = true;
        if (!signal.aborted)
          names(step.does === 'opaque' ? 'a call of several threw' : 'no answer could be read', starts);
        if (step.does === 'opaque') return thrown;
        return unreadable[step.ms];
      }
      const { how } = await act(record, step, () => signal, actor, run);
      if (how === 'ok') witness.handler.finished(start, 'ok');
      else failed.push(place);
      if (how !== 'ok' && stopsAtFirst) break;
    }
    for (const place of failed) {
      const isNamed =
        records.filter(({ sequenceNumber }) => sequenceNumber === records[place]!.sequenceNumber).length < 2;
      witness.handler.finished(starts[place]!, signal.aborted ? 'aborted' : isNamed ? 'rejected' : 'unnamed');
    }
    const [first] = failed;
    const named =
      stopsAtFirst && reportsRest && first !== undefined
        ? records.slice(first)
        : failed.map((place) => records[place]!);
    return { batchItemFailures: named.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
  }

  /** A failure without names counts against a record that was alone, and fails the invocation otherwise. */
  function names(problem: string, starts: readonly StartSight[]): void {
    const [only] = starts;
    if (starts.length === 1) witness.handler.finished(only!, 'rejected');
    else if (only) only.invocation.mustFail = problem;
  }
}
