/** Handlers whose process ends while they wait. Each would answer after 50 ms. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const leaving = (leave: () => void) => async (): Promise<null> => {
  leave();
  await sleep(50);
  return null;
};
const fail = (): never => {
  throw new Error('expected');
};

export const timer = leaving(() => setTimeout(fail, 1));
export const interval = leaving(() => setInterval(fail, 1));
export const immediate = leaving(() => setImmediate(fail));
export const tick = leaving(() => process.nextTick(fail));
export const microtask = leaving(() => queueMicrotask(fail));
export const emitter = leaving(() => setTimeout(() => new EventEmitter().emit('error', new Error('expected')), 1));
export const listener = leaving(() => AbortSignal.timeout(1).addEventListener('abort', fail));
export const rejection = leaving(() => void Promise.reject(new Error('expected')));
export const exit = leaving(() => setTimeout(() => process.exit(1), 1));
export const signal = leaving(() => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1));
export const caughtExit = leaving(() => {
  try {
    process.exit(1);
  } catch {}
});
