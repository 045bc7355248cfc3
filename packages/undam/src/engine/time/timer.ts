import type { Clock } from '../../base/clock.ts';
import { Heap } from '../../base/heap.ts';

/**
 * The interval at which the timer reads the clock while nothing is due: a tenth of the shortest time that it watches over, within
 * these bounds. Each time the event loop is blocked, less than one beat plus `lateMs` may go unseen.
 */
const beat = { maxMs: 50, minMs: 5, share: 0.1 };

/** Lateness below this is the timer's own. */
const lateMs = 5;

interface Due {
  readonly at: number;
  run: (() => void) | undefined;
}

/**
 * Receives beats, and the times for which the event loop was blocked. An object: V8 would keep a closure that is assigned here
 * until a major collection.
 */
export interface TimerListener {
  /** Called at each beat, unless the event loop was blocked. Returns when the next call is due at the latest, on the clock. */
  onBeat?(now: number): number;
  /** Called with the milliseconds for which the event loop was blocked. */
  onStoodStill?(ms: number): void;
}

/**
 * The only timer of an invocation. It is ref'd, and armed from the first hook to the last, so that a promise that never settles
 * cannot drain the event loop: the runtime would then answer `null`, which Lambda takes for success.
 *
 * A timer that fires late shows that the event loop was blocked. Then nothing falls due until the loop has had one more turn, in
 * which work that finished meanwhile can settle.
 */
export interface Timer {
  listener: TimerListener | undefined;
  /** Restarts a stopped timer. */
  resume(): void;
  /** Runs `run` once the clock has reached `at`; the returned function cancels it. */
  at(at: number, run: () => void): () => void;
  /** Runs `run` after a turn of the event loop. */
  afterTurn(run: () => void): void;
  /** Shortens the beat to watch over something that may take at most this long. */
  watchOver(ms: number): void;
  /** Leaves no timer behind; from here on nothing falls due. */
  stop(): void;
}

export function startTimer(clock: Clock, startedAt: number = clock.now()): Timer {
  const dues = new Heap<Due>((a, b) => a.at < b.at);
  let beatMs = beat.maxMs;
  let timeout: unknown;
  let firesAt = Infinity;
  let armedAt = startedAt;
  let turnGiven = false;
  let stopped = false;

  function arm(now: number, at = now + beatMs): void {
    if (stopped) return;
    clock.clearTimeout(timeout);
    // A time in the past is not lateness: the event loop was not blocked.
    armedAt = now;
    firesAt = Math.max(now, Math.min(at, now + beatMs, dues.first?.at ?? Infinity));
    timeout = clock.setTimeout(fire, Math.ceil(firesAt - now));
  }

  /** Leaves a timer that is already late: its lateness shows that the event loop was blocked. */
  function fireEarlier(): void {
    const now = clock.now();
    if (firesAt > now) arm(now);
  }

  function fire(): void {
    const now = clock.now();
    const late = now - firesAt;
    if (late >= lateMs) {
      // The loop may have been blocked as soon as the timer was armed.
      timer.listener?.onStoodStill?.(late + Math.min(firesAt - armedAt, late));
      if (!turnGiven) {
        giveTurn(now);
        return;
      }
    }
    turnGiven = false;
    const next = timer.listener?.onBeat?.(now);
    runDue(now);
    arm(now, next);
  }

  function giveTurn(now: number): void {
    if (stopped) return;
    turnGiven = true;
    firesAt = armedAt = now;
    timeout = clock.setTimeout(fire, 0);
  }

  function runDue(now: number): void {
    for (let due = dues.first; due !== undefined && due.at <= now && !stopped; due = dues.first) {
      dues.take();
      due.run?.();
    }
  }

  const timer: Timer = {
    listener: undefined,

    resume() {
      if (!stopped) return;
      stopped = false;
      arm(clock.now());
    },

    at(at, run) {
      if (at === Infinity || stopped) return () => {};
      const due: Due = { at, run };
      dues.push(due);
      if (at < firesAt) fireEarlier();
      return () => {
        due.run = undefined;
      };
    },

    afterTurn: (run) => void timer.at(clock.now() + 1, run),

    watchOver(ms) {
      const shorter = Math.max(beat.minMs, ms * beat.share);
      if (shorter >= beatMs) return;
      beatMs = shorter;
      fireEarlier();
    },

    stop() {
      stopped = true;
      timer.listener = undefined;
      clock.clearTimeout(timeout);
    },
  };
  arm(startedAt);
  return timer;
}
