import type { RecordAttempt, StreamRecord } from 'undam';
import type { RunContext } from '../run/run-context.ts';
import type { RecordSight } from '../sights/sights.ts';
import { type Actor, act, type Outcome, stepOf } from './handler-acts.ts';

/** The handler of one record in one process, for `eachRecord()`. */
export function recordHandler(
  actor: Actor,
  run: RunContext,
  recordOf: (record: StreamRecord) => RecordSight,
): (record: StreamRecord, attempt: RecordAttempt<unknown>) => unknown {
  const { witness } = run;
  const { process } = actor;
  const handle = (delivered: StreamRecord, attempt: RecordAttempt<unknown>): unknown => {
    if (process.fence.ended) return new Promise(() => {});
    const record = recordOf(delivered);
    const step = stepOf(record.planned, record.inDecoder ? record.starts - 1 : record.starts, run);
    const start = witness.handler.called(record, process, {
      number: attempt.attempt,
      isOfThisInvocation: process.invocation?.context === attempt.context,
      // Reading a signal makes it: only those that need it do.
      isAborted: step?.does === 'polite' && attempt.signal.aborted,
      decoded: attempt.decoded,
    });
    if (!step && record.planned.ms === 0 && !run.isOutage()) {
      witness.handler.finished(start, 'ok');
      return undefined;
    }
    if (step?.does === 'polite')
      attempt.signal.addEventListener('abort', () => witness.handler.aborted(start), { once: true });
    const ended = ({ how, error }: Outcome): Error | undefined => {
      witness.handler.finished(start, how);
      return error;
    };
    const acted = act(record, step, () => attempt.signal, actor, run).then(ended);
    return acted.catch(run.failed).then((error) => {
      if (error) throw error;
    });
  };
  return (record, attempt) => {
    try {
      return handle(record, attempt);
    } catch (error) {
      return run.failed(error);
    }
  };
}
