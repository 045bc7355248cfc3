import type { LogPiece } from './captured-output.ts';
import { Fence } from './fence.ts';
import type { Random } from './random.ts';
import { RealWorldError } from './real-world-error.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The sources of the replaced globals during a run. */
export interface RunInProgress {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Receives the function's output. */
  capture?: (piece: LogPiece) => void;
}

let current: RunInProgress | undefined;

/** The current run of this thread. */
export function runInProgress(): RunInProgress | undefined {
  return current;
}

/**
 * The error for a call that leaves the simulation. It ends the run, even if the handler catches it, unless the process of the
 * call has ended.
 */
export function refusalOf(call: string): RealWorldError {
  const error = new RealWorldError(call);
  if (!Fence.current()?.ended) current?.time.fail(error);
  return error;
}

/** One run at a time: runs share the globals of the thread. */
export async function whileRunning<T>(run: RunInProgress, body: () => Promise<T>): Promise<T> {
  if (current)
    throw new Error(
      'expected one simulation at a time in a thread, got a second: await the first, or pass the handler as a URL',
    );
  current = run;
  try {
    return await body();
  } finally {
    current = undefined;
  }
}
