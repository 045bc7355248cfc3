import type { Clock } from './clock.ts';
import type { Envelope } from './envelope.ts';
import { UndamError } from './errors.ts';
import { AbortController, Set } from './intrinsics.ts';
import type { SendResult, Sink } from './sink.ts';
import { unheard } from './thenable.ts';
import type { Watch } from './watch.ts';

/** How many sends may be under way; what waits meanwhile shares the next one. */
const sendsAtOnce = 4;

/** Told once whether the sink acknowledged the envelope. */
export type Settled = (result: SendResult) => void;

interface Letter {
  readonly envelope: Envelope;
  readonly settled: Settled;
}

/** Takes envelopes to the sink: records of different lanes that fail together share a call, and none waits for ever. */
export class Outbox {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #watch: Watch;
  readonly #sendBy: number;
  readonly #sendMs: number;
  #waiting: Letter[] = [];
  #flushDue = false;
  #prepared = false;
  readonly #underWay = new Set<AbortController>();

  /**
   * @param sendBy on the clock; what is not acknowledged by then is refused
   * @param sendMs what one send may take
   */
  constructor(sink: Sink, clock: Clock, watch: Watch, sendBy: number, sendMs: number) {
    this.#sink = sink;
    this.#clock = clock;
    this.#watch = watch;
    this.#sendBy = sendBy;
    this.#sendMs = sendMs;
  }

  /** A record has failed: the sink may soon be needed. */
  prepare(): void {
    if (this.#prepared) return;
    this.#prepared = true;
    // What cannot be prepared is refused when it is sent.
    unheard(() => this.#sink.prepare?.());
  }

  add(envelope: Envelope, settled: Settled): void {
    this.#waiting.push({ envelope, settled });
    this.#flushSoon();
  }

  /** The invocation has ended: what is under way is given up, and nobody hears of it any more. */
  close(): void {
    this.#waiting = [];
    for (const abort of this.#underWay) {
      this.#underWay.delete(abort);
      abort.abort(new UndamError('too-slow', 'the invocation has ended before the sink acknowledged the record'));
    }
  }

  #flushSoon(): void {
    if (this.#flushDue || this.#waiting.length === 0 || this.#underWay.size >= sendsAtOnce) return;
    this.#flushDue = true;
    this.#watch.afterTurn(() => {
      this.#flushDue = false;
      const letters = this.#waiting;
      this.#waiting = [];
      if (letters.length > 0) this.#send(letters);
    });
  }

  #send(letters: readonly Letter[]): void {
    const abort = new AbortController();
    const endsAt = Math.min(this.#sendBy, this.#clock.now() + this.#sendMs);
    const cancel = this.#watch.at(endsAt, () => {
      const error = new UndamError(
        'too-slow',
        'the sink did not acknowledge the record in the time it had; raise reserveMs if this repeats',
      );
      finish(() => ({ accepted: false, error }));
      abort.abort(error);
    });
    const finish = (resultOf: (index: number) => SendResult): void => {
      if (!this.#underWay.delete(abort)) return;
      cancel();
      for (const [index, { settled }] of letters.entries()) settled(resultOf(index));
      this.#flushSoon();
    };
    this.#underWay.add(abort);
    const remainingMs = (): number => Math.max(0, endsAt - this.#clock.now());
    void this.#answer(letters, { signal: abort.signal, remainingMs }).then(finish);
  }

  async #answer(
    letters: readonly Letter[],
    limits: Parameters<Sink['send']>[1],
  ): Promise<(index: number) => SendResult> {
    try {
      const results: unknown = await this.#sink.send(
        letters.map(({ envelope }) => envelope),
        limits,
      );
      return (index) => readResult(results, index, letters.length);
    } catch (error) {
      return () => ({ accepted: false, error });
    }
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
