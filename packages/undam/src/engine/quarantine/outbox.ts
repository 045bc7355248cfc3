import type { Clock } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { AbortController, Set } from '../../base/intrinsics.ts';
import { unheard } from '../../base/thenable.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SendLimits, SendResult, Sink } from '../../sinks/sink.ts';
import type { Timer } from '../time/timer.ts';

/** The maximum number of concurrent sends. Envelopes that wait meanwhile share the next send. */
const maxSends = 4;

/** Called once with the sink's result for the envelope. */
export type Settled = (result: SendResult) => void;

interface Letter {
  readonly envelope: Envelope;
  readonly settled: Settled;
}

/** Sends envelopes to the sink: records of different lanes that fail together share a call, and every wait is bounded. */
export interface Outbox {
  /** A record has failed, so the sink may soon be needed. */
  prepare(): void;
  add(envelope: Envelope, settled: Settled): void;
  /** The invocation has ended: abandons the sends under way, and ignores their results. */
  close(): void;
}

/**
 * @param sendBy on the clock; an envelope that is not acknowledged by then is refused
 * @param sendMs the maximum duration of one send, in milliseconds
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
        'the sink did not acknowledge the record in time; raise reserveMs if this recurs',
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
      // A sink that fails to prepare refuses at its first send.
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
        abort.abort(new UndamError('too-slow', 'the invocation ended before the sink acknowledged the record'));
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
    // An unreadable result is no acknowledgement.
  }
  const problem = `the sink broke its contract: expected an array of ${expected} results { accepted }, one for each envelope, got something else; correct its send()`;
  return { accepted: false, error: new UndamError('sink-refused', problem) };
}
