import type { Clock } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { AbortController, Set } from '../../base/intrinsics.ts';
import { unheard } from '../../base/thenable.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SendLimits, SendResult, Sink } from '../../sinks/sink.ts';
import type { Timer } from '../time/timer.ts';

/** How many sends may be under way; what waits meanwhile shares the next one. */
const maxSends = 4;

/** Told once whether the sink acknowledged the envelope. */
export type Settled = (result: SendResult) => void;

interface Letter {
  readonly envelope: Envelope;
  readonly settled: Settled;
}

/** Takes envelopes to the sink: records of different lanes that fail together share a call, and none waits for ever. */
export interface Outbox {
  /** A record has failed: the sink may soon be needed. */
  prepare(): void;
  add(envelope: Envelope, settled: Settled): void;
  /** The invocation has ended: what is under way is given up, and nobody hears of it any more. */
  close(): void;
}

/**
 * @param sendBy on the clock; what is not acknowledged by then is refused
 * @param sendMs what one send may take
 */
export function outboxTo(sink: Sink, clock: Clock, timer: Timer, sendBy: number, sendMs: number): Outbox {
  let waiting: Letter[] = [];
  let flushDue = false;
  let prepared = false;
  const underWay = new Set<AbortController>();

  function flushSoon(): void {
    if (flushDue || waiting.length === 0 || underWay.size >= maxSends) return;
    flushDue = true;
    timer.afterTurn(() => {
      flushDue = false;
      const letters = waiting;
      waiting = [];
      if (letters.length > 0) send(letters);
    });
  }

  function send(letters: readonly Letter[]): void {
    const abort = new AbortController();
    const endsAt = Math.min(sendBy, clock.now() + sendMs);
    const cancel = timer.at(endsAt, () => {
      const error = new UndamError(
        'too-slow',
        'the sink did not acknowledge the record in the time it had; raise reserveMs if this repeats',
      );
      finish(() => ({ accepted: false, error }));
      abort.abort(error);
    });
    const finish = (resultOf: (index: number) => SendResult): void => {
      if (!underWay.delete(abort)) return;
      cancel();
      for (const [index, { settled }] of letters.entries()) settled(resultOf(index));
      flushSoon();
    };
    underWay.add(abort);
    const remainingMs = (): number => Math.max(0, endsAt - clock.now());
    void answerOf(sink, letters, { signal: abort.signal, remainingMs }).then(finish);
  }

  return {
    prepare() {
      if (prepared) return;
      prepared = true;
      // What cannot be prepared is refused when it is sent.
      unheard(() => sink.prepare?.());
    },

    add(envelope, settled) {
      waiting.push({ envelope, settled });
      flushSoon();
    },

    close() {
      waiting = [];
      for (const abort of underWay) {
        underWay.delete(abort);
        abort.abort(new UndamError('too-slow', 'the invocation has ended before the sink acknowledged the record'));
      }
    },
  };
}

async function answerOf(
  sink: Sink,
  letters: readonly Letter[],
  limits: SendLimits,
): Promise<(index: number) => SendResult> {
  try {
    const results: unknown = await sink.send(
      letters.map(({ envelope }) => envelope),
      limits,
    );
    return (index) => readResult(results, index, letters.length);
  } catch (error) {
    return () => ({ accepted: false, error });
  }
}

function readResult(results: unknown, index: number, expected: number): SendResult {
  try {
    if (Array.isArray(results) && results.length === expected) {
      const { accepted, error } = results[index] as { accepted?: unknown; error?: unknown };
      if (accepted === true) return { accepted };
      if (accepted === false) return { accepted, error };
    }
  } catch {
    // What cannot be read is no acknowledgement.
  }
  const problem = `the sink broke its contract: expected ${expected} results of { accepted }, one for each envelope`;
  return { accepted: false, error: new UndamError('sink-refused', problem) };
}
