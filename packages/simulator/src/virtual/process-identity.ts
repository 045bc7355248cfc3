import os from 'node:os';
import { Fence } from './fence.ts';

/** In an environment, `process.pid` is the number of its own process, the same in every run. */
export function installProcessIdentity(): void {
  const { pid: realPid, ppid: realPpid } = process;
  Object.defineProperties(process, {
    pid: { configurable: true, enumerable: true, get: () => Fence.current()?.process?.pid ?? realPid },
    ppid: { configurable: true, enumerable: true, get: () => (Fence.current()?.process ? 1 : realPpid) },
  });
}

/** 128 plus the signal's number, as in a shell. @throws TypeError for a signal that Node does not know */
export function exitCodeOf(signal: string | number = 'SIGTERM'): number {
  const number = typeof signal === 'number' ? signal : os.constants.signals[signal as NodeJS.Signals];
  if (number !== undefined) return 128 + number;
  throw Object.assign(new TypeError(`Unknown signal: ${signal}`), { code: 'ERR_UNKNOWN_SIGNAL' });
}
