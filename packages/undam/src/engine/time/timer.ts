import type { Clock } from '../../base/clock.ts';
import { Heap } from '../../base/heap.ts';

/**
 * How often the timer looks at the clock while nothing is due: at a tenth of the shortest time it watches over, within
 * these bounds. Of each stand-still of the event loop, less than one beat and `lateMs` can go unseen.
 */
const beat = { maxMs: 50, minMs: 5, share: 0.1 };

/** Lateness below this is the timer's own. */
const lateMs = 5;

interface Due {
  readonly at: number;
  run: (() => void) | undefined;
}

/** Hears of beats and stand-stills. An object: V8 would keep a closure that is assigned here until a major collection. */
export interface TimerListener {
  /** Called while nothing stands still; answers when it wants to be called next at the latest. */
  onBeat?(now: number): number;
  /** Called with the milliseconds in which the event loop stood still. */
  onStoodStill?(ms: number): void;
}

/**
 * The one timer of an invocation. It is ref'd and armed from the first hook to the last, so that a promise that never
 * settles cannot drain the event loop: the runtime would then answer `null`, which Lambda takes as success.
 *
 * A timer that fires late means that the event loop stood still. Nothing falls due then before the loop has had one
 * more turn, in which work that finished meanwhile can say so.
 */
export interface Timer {
  listener: TimerListener | undefined;
  /** Watches again after a stop. */
  resume(): void;
  /** Runs `run` once it is `at` or later; the returned function takes that back. */
  at(at: number, run: () => void): () => void;
  /** Runs `run` after the event loop has had a turn. */
  afterTurn(run: () => void): void;
  /** Watches over something that may take no longer than this. */
  watchOver(ms: number): void;
  /** No timer is left behind; nothing falls due any more. */
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
    // What has been due before is not late: the event loop did not stand still for it.
    armedAt = now;
    firesAt = Math.max(now, Math.min(at, now + beatMs, dues.first?.at ?? Infinity));
    timeout = clock.setTimeout(fire, Math.ceil(firesAt - now));
  }

  /** A timer that is late already stays: its lateness is what tells of a stand-still. */
  function fireEarlier(): void {
    const now = clock.now();
    if (firesAt > now) arm(now);
  }

  function fire(): void {
    const now = clock.now();
    const late = now - firesAt;
    if (late >= lateMs) {
      // What stood still may have begun as soon as the timer was armed.
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
