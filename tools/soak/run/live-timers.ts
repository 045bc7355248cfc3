import { Fence } from '@undam/simulator/parts';

const live = new WeakMap<Fence, Set<unknown>>();

/**
 * Counts the timers that code behind a fence has set by `setTimeout` and that have neither fired nor been cleared. To be
 * called before that code is imported, since it may take `setTimeout` at import.
 */
export function countTimers(realm: typeof globalThis): void {
  const { setTimeout, clearTimeout } = realm;
  const counting = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): unknown => {
    const fence = Fence.current();
    if (!fence) return setTimeout(run, ms, ...args);
    let timers = live.get(fence);
    if (!timers) {
      timers = new Set();
      live.set(fence, timers);
    }
    const mine = timers;
    const timer: unknown = setTimeout(() => {
      mine.delete(timer);
      run(...args);
    }, ms);
    mine.add(timer);
    return timer;
  };
  realm.setTimeout = Object.assign(counting, setTimeout) as typeof setTimeout;
  realm.clearTimeout = (timer) => {
    const fence = Fence.current();
    if (fence) live.get(fence)?.delete(timer);
    clearTimeout(timer);
  };
}

export function timersLeft(fence: Fence): number {
  return live.get(fence)?.size ?? 0;
}
