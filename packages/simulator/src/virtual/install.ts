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
 * Replaces this thread's clocks, timers, randomness, temporary files and ways to end the process. Outside a run the replacements
 * behave like the originals, so modules that captured them at import are in virtual time in every later run. Call it before you
 * import the handler and its libraries.
 */
export function installVirtualTime(): void {
  if (isInstalled) return;
  isInstalled = true;
  installTimers(globalThis);
  installClocks(globalThis);
  installRandomness(globalThis);
  installGuards(globalThis);
  // In front of the guards: the environment's own disk takes no real time.
  installDisk();
  installProcessIdentity();
  installProcessEnds(globalThis);
  installCapture();
  syncBuiltinESMExports();
}

export interface VirtualRunOptions {
  /** Seed of the random numbers. @default 1 */
  readonly seed?: number | string;
  /** Epoch milliseconds. @default Date.UTC(2025, 0, 1) */
  readonly startDate?: number;
}

/** Runs `body` in virtual time; nothing that it leaves behind acts afterwards. */
export function withVirtualTime<T>(options: VirtualRunOptions, body: (time: VirtualTime) => Promise<T>): Promise<T> {
  const time = new VirtualTime(options.startDate);
  return whileRunning({ time, random: seededRandom(`${options.seed ?? 1}:ambient`) }, () => body(time));
}
