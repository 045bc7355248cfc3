import type { KinesisStreamRecord, StreamRecord } from 'undam';
import type { RunContext } from '../run/run-context.ts';
import { json } from '../run/under-test.ts';
import type { Decoding, Step } from '../scenario/scenario.ts';
import type { RecordSight, StartSight } from '../sights/sights.ts';
import { type Actor, actAtOnce, actInTime, decoderSites, met, type Outcome, stepOf } from './handler-acts.ts';

/** The decoder in one process, for `eachRecord()`: what it makes of a record is a new object at each start. */
export function recordDecoder(
  actor: Actor,
  run: RunContext,
  recordOf: (record: StreamRecord) => RecordSight,
): (record: StreamRecord) => unknown {
  const { witness, scenario, time } = run;
  const { process } = actor;

  return (delivered) => {
    if (process.fence.ended) return new Promise(() => {});
    const record = recordOf(delivered);
    const { decoding = answersAtOnce } = record.planned;
    const step = stepOf(decoding, record.starts, run, decoderSites);
    const start = witness.handler.decoding(record, process);
    return scenario.guard.decoder === 'async'
      ? inTime(start, decoding, step, delivered)
      : atOnce(start, step, delivered);
  };

  function atOnce(start: StartSight, step: Step | undefined, delivered: StreamRecord): unknown {
    const { record } = start;
    if (step) met(record, step, run);
    const outcome = step ? actAtOnce(record, step, actor, run) : fine;
    if (process.fence.ended) return new Promise(() => {});
    const value = ended(start, outcome, delivered);
    queueMicrotask(() => over(start));
    return value;
  }

  function inTime(start: StartSight, { ms }: Decoding, step: Step | undefined, delivered: StreamRecord): unknown {
    const { record } = start;
    const work = async (): Promise<Outcome> => {
      if (step) {
        met(record, step, run);
        return actInTime(record, step, actor, run);
      }
      if (ms > 0) await time.sleep(ms);
      return fine;
    };
    const answer = work()
      .catch(run.failed)
      .then((outcome) => ended(start, outcome, delivered));
    // The engine hears of it after this, and calls the handler then.
    answer.then(
      () => queueMicrotask(() => over(start)),
      () => {},
    );
    return answer;
  }

  /** The decoder's value, or its throw. */
  function ended(start: StartSight, { how, error }: Outcome, delivered: StreamRecord): object {
    if (how === 'ok') {
      const value = { record: start.record.index, start: start.record.starts };
      witness.handler.decoded(start, value);
      return value;
    }
    witness.handler.finished(start, how === 'permanent' ? 'undecodable' : how);
    // Half of what cannot be read is for a decoder of Undam's own to say.
    if (how === 'permanent' && 'kinesis' in delivered && start.record.index % 2 === 0)
      json()(delivered as KinesisStreamRecord);
    throw error;
  }

  /** The engine has the value: if it did not call the handler with it, the attempt is over. */
  function over(start: StartSight): void {
    if (!start.isCalled) witness.handler.finished(start, 'aborted');
  }
}

const answersAtOnce: Decoding = { ms: 0, nature: 'ok', steps: [] };
const fine: Outcome = { how: 'ok' };
