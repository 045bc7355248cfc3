import type { LogPiece } from './captured-output.ts';
import { Fence } from './fence.ts';
import type { Random } from './random.ts';
import { RealWorldError } from './real-world-error.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the replaced globals serve while a run is on. */
export interface RunInProgress {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Takes what the function writes to its output. */
  capture?: (piece: LogPiece) => void;
}

let current: RunInProgress | undefined;

/** The run that is on in this thread. */
export function runInProgress(): RunInProgress | undefined {
  return current;
}

/**
 * The error for a call that leaves the simulation. The run ends with it, also where the handler catches it; a process that
 * has ended calls nothing any more.
 */
export function refusalOf(call: string): RealWorldError {
  const error = new RealWorldError(call);
  if (!Fence.current()?.ended) current?.time.fail(error);
  return error;
}

/** One run at a time: they share the globals of the thread. */
export async function whileRunning<T>(run: RunInProgress, body: () => Promise<T>): Promise<T> {
  if (current)
    throw new Error('expected one simulation at a time in a thread: await the first, or give the handler as URL');
  current = run;
  try {
    return await body();
  } finally {
    current = undefined;
  }
}
