import { getSystemErrorMap } from 'node:util';
import { isThrown } from '../thrown.ts';
import { Fence } from './fence.ts';
import { exitCodeOf } from './process-identity.ts';
import { runInProgress } from './run-in-progress.ts';

/** Thrown at the end of a process, so that no code after the call runs. */
class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/**
 * In a run, ends the environment in place of the process: at `process.exit`, `process.abort`, a signal to itself, an uncaught
 * error or an unhandled rejection.
 */
export function installProcessEnds(realm: typeof globalThis): void {
  const realExit = process.exit.bind(process);
  const realAbort = process.abort.bind(process);
  const realKill = process.kill.bind(process);
  process.exit = ((code?: number) => {
    endEnvironment((fence) => fence.hooks.onExit?.(Number(code ?? 0)));
    return realExit(code);
  }) as typeof process.exit;
  process.abort = () => {
    endEnvironment((fence) => fence.hooks.onExit?.(134));
    return realAbort();
  };
  process.kill = (pid, signal) => {
    const own = runInProgress() && Fence.current()?.process?.pid;
    // Documented: an environment is its own machine, so its processes see no others.
    if (own && Math.abs(pid) !== own && pid !== 0) throw noSuchProcess();
    if (own && signal === 0) return true;
    if (own || (pid === process.pid && signal !== 0))
      endEnvironment((fence) => fence.hooks.onExit?.(exitCodeOf(signal)));
    return realKill(pid, signal);
  };
  // Node reports an error in a microtask outside the context that queued it.
  const realQueue = realm.queueMicrotask;
  realm.queueMicrotask = (callback) => {
    const fence = runInProgress() && Fence.current();
    realQueue(fence && typeof callback === 'function' ? () => fence.runOrCrash(callback) : callback);
  };
  const crashed =
    (event: 'unhandledRejection' | 'uncaughtException') =>
    (error: unknown): void => {
      const fence = runInProgress() && Fence.current();
      if (isThrown(error, ProcessEnded) || fence?.ended) return;
      if (fence) {
        fence.hooks.onCrash?.(error);
        return;
      }
      // Node's own default, unless another listener decides.
      if (process.listenerCount(event) > 1) return;
      console.error(error);
      realExit(1);
    };
  process.on('unhandledRejection', crashed('unhandledRejection'));
  process.on('uncaughtException', crashed('uncaughtException'));
}

function noSuchProcess(): Error {
  const [errno] = [...getSystemErrorMap()].find(([, [code]]) => code === 'ESRCH')!;
  return Object.assign(new Error('kill ESRCH'), { errno, code: 'ESRCH', syscall: 'kill' });
}

function endEnvironment(end: (fence: Fence) => void): void {
  const fence = runInProgress() && Fence.current();
  if (!fence) return;
  end(fence);
  throw new ProcessEnded('the environment of this code has ended');
}
