import type { LambdaContext, StreamEvent, StreamRecord } from 'undam';
import type { RunContext } from '../run/run-context.ts';
import type { RecordSight, StartSight } from '../sights/sights.ts';
import { type Actor, act, type Outcome, stepOf } from './handler-acts.ts';

interface Signalled {
  readonly signal: AbortSignal;
}

/** The all-or-nothing handler in one process, for `splitOnError()`: one record after the other, and a throw at the first failure. */
export function allOrNothingHandler(
  actor: Actor,
  run: RunContext,
  recordOf: (record: StreamRecord) => RecordSight,
): (event: StreamEvent, context: LambdaContext, options: Signalled) => Promise<unknown> {
  const { process } = actor;
  const { witness } = run;

  return async (event, context, options) => {
    const failure = await handle(event, context, options).catch(run.failed);
    if (failure !== undefined) throw failure;
  };

  async function handle(
    { Records }: StreamEvent,
    context: LambdaContext,
    { signal }: Signalled,
  ): Promise<Error | undefined> {
    if (process.fence.ended) return new Promise(() => {});
    const isOfThisInvocation = process.invocation?.context === context;
    const told = { number: 0, isOfThisInvocation, isAborted: signal.aborted, decoded: undefined };
    const records = Records.map((record) => recordOf(record));
    const steps = records.map((record) => stepOf(record.planned, record.starts, run));
    const starts = records.map((record) => witness.handler.called(record, process, told, records.length));
    let outcome: Outcome = { how: 'ok' };
    for (let place = 0; place < records.length && outcome.how === 'ok'; place++)
      outcome = await act(records[place]!, steps[place], () => signal, actor, run);
    end(starts, outcome, signal);
    return outcome.error;
  }

  /** All records of a call are done, or none; a throw of a call with several is charged to none. */
  function end(starts: readonly StartSight[], { how }: Outcome, signal: AbortSignal): void {
    const isCut = signal.aborted && how !== 'ok';
    if (how !== 'ok' && !isCut) witness.handler.callThrew(starts, how);
    for (const start of starts)
      witness.handler.finished(start, isCut ? 'aborted' : how !== 'ok' && starts.length > 1 ? 'unnamed' : how);
  }
}
