/** A pending timer. */
export interface HeapTimer {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/** A binary heap of timers, the next one first. A cancelled timer stays, without `run`, until it is the next. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = [];

  push(timer: HeapTimer): void {
    const timers = this.#timers;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, timers[parent]!)) break;
      timers[index] = timers[parent]!;
      index = parent;
    }
    timers[index] = timer;
  }

  /** The next timer that is not cancelled. */
  peek(): HeapTimer | undefined {
    while (this.#timers[0] && !this.#timers[0].run) this.#pop();
    return this.#timers[0];
  }

  pop(): HeapTimer | undefined {
    const next = this.peek();
    if (next) this.#pop();
    return next;
  }

  #pop(): void {
    const timers = this.#timers;
    const last = timers.pop()!;
    if (timers.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= timers.length) break;
      const right = left + 1;
      const child = right < timers.length && isBefore(timers[right]!, timers[left]!) ? right : left;
      if (!isBefore(timers[child]!, last)) break;
      timers[index] = timers[child]!;
      index = child;
    }
    timers[index] = last;
  }
}

function isBefore(a: HeapTimer, b: HeapTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
