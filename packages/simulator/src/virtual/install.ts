import { syncBuiltinESMExports } from 'node:module';
import { installCapture } from './captured-output.ts';
import { installDisk } from './disk/install-disk.ts';
import { installGuards } from './guards.ts';
import { installProcessEnds } from './process-ends.ts';
import { installProcessIdentity } from './process-identity.ts';
import { seededRandom } from './random.ts';
import { whileRunning } from './run-in-progress.ts';
import { installClocks } from './virtual-clocks.ts';
import { installRandomness } from './virtual-randomness.ts';
import { VirtualTime } from './virtual-time.ts';
import { installTimers } from './virtual-timers.ts';

let isInstalled = false;

/**
 * Puts dispatchers in the place of this thread's clocks, timers, randomness, temporary files and ways to end the process.
 * Outside a run they do what the real ones do, so what captured them at import is under virtual time in every later run.
 * To be called before the handler and its libraries are imported.
 */
export function installVirtualTime(): void {
  if (isInstalled) return;
  isInstalled = true;
  installTimers(globalThis);
  installClocks(globalThis);
  installRandomness(globalThis);
  installGuards(globalThis);
  // In front of the guards: what is on the environment's own disk takes no real time.
  installDisk();
  installProcessIdentity();
  installProcessEnds(globalThis);
  installCapture();
  syncBuiltinESMExports();
}

export interface VirtualRunOptions {
  /** Default 1. */
  readonly seed?: number | string;
  /** Epoch milliseconds. Default 2025-01-01. */
  readonly startDate?: number;
}

/** Runs `body` under virtual time; everything that it leaves behind is dead afterwards. */
export function withVirtualTime<T>(options: VirtualRunOptions, body: (time: VirtualTime) => Promise<T>): Promise<T> {
  const time = new VirtualTime(options.startDate);
  return whileRunning({ time, random: seededRandom(`${options.seed ?? 1}:ambient`) }, () => body(time));
}
