import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the replaced globals serve while a run is on. */
export interface RunInProgress {
  readonly time: VirtualTime;
  readonly random: Random;
}

let current: RunInProgress | undefined;

/** The run that is on in this thread. */
export function runInProgress(): RunInProgress | undefined {
  return current;
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
