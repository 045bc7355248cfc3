import { withVirtualTime } from '@undam/simulator/parts';
import type { Load } from './concurrency-loads.ts';
import { type HandlerOf, LoadUnderLambda } from './load-under-lambda.ts';

/** The figures of one invocation. */
export interface BatchFigures {
  readonly billedMs: number;
  /** From the start of the invocation to a record's success. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxAtOnce: number;
}

/** Runs a batch to its end. */
export function runBatch(load: Load, handlerOf: HandlerOf): Promise<BatchFigures> {
  return withVirtualTime({}, async (time) => {
    const doneAfter: number[] = [];
    const ran = new LoadUnderLambda(time, load, handlerOf, { ended: () => doneAfter.push(time.now()) });
    await ran.deliver();
    if (doneAfter.length !== load.records) throw new Error(`${load.name}: ${doneAfter.length} records were done`);
    // In order of time.
    const percentile = (share: number): number => doneAfter[Math.ceil(share * doneAfter.length) - 1]!;
    const { billedMs, downstream } = ran;
    return { billedMs, p50Ms: percentile(0.5), p99Ms: percentile(0.99), maxAtOnce: downstream.maxAtOnce };
  });
}

/** The records of a batch that run twice because its process died. */
export interface DeathFigures {
  /** Records running at the death. */
  readonly running: number;
  /** Records done by then and started again. */
  readonly done: number;
}

/** Kills the process in the middle of a batch, which comes again to a new process on the same disk. */
export function dieAt(atMs: number, load: Load, handlerOf: HandlerOf): Promise<DeathFigures> {
  return withVirtualTime({}, async (time) => {
    const running = new Set<number>();
    const done = new Set<number>();
    let repeatable = new Set<number>();
    let doneAgain = 0;
    const ran = new LoadUnderLambda(time, load, handlerOf, {
      started: (position) => {
        running.add(position);
        if (repeatable.has(position)) doneAgain++;
      },
      ended: (position) => {
        running.delete(position);
        done.add(position);
      },
    });
    let wereRunning = 0;
    time.setTimeout(() => {
      wereRunning = running.size;
      repeatable = new Set(done);
      ran.crash();
    }, atMs);
    if ((await ran.deliver()) !== 'died') throw new Error(`expected a death after ${atMs} ms, and the batch was done`);
    await ran.deliver();
    return { running: wereRunning, done: doneAgain };
  });
}
