import { VirtualDisk } from './disk/virtual-disk.ts';
import { Fence } from './fence.ts';
import { withVirtualTime } from './install.ts';
import { runInProgress } from './run-in-progress.ts';
import { firstVirtualPid } from './virtual-process.ts';

// Captured at import, before this thread's clocks are replaced.
const realNow = performance.now.bind(performance);

/** Real milliseconds. A slower import is tried again in the run, where Lambda's own limit ends it. */
const maxLoadMs = 30_000;

/**
 * Imports a module before a run, so that its files are in Node's caches: the first import reads them through the thread pool, for
 * which virtual time cannot wait. The module is imported in its own run, which reaches nothing real and discards its output.
 *
 * @throws the module's own error; RealWorldError
 */
export function loadFiles(load: () => Promise<unknown>): Promise<void> {
  const deadline = realNow() + maxLoadMs;
  return withVirtualTime({}, async (time) => {
    runInProgress()!.capture = () => {};
    const end = (): void => fence.end();
    const fence = new Fence({ onExit: end, onCrash: end }, { pid: firstVirtualPid, disk: new VirtualDisk(time) });
    const loading = fence.run(load);
    loading.catch(() => {});
    try {
      while (realNow() < deadline && !fence.ended) if (await time.runUntil(loading)) return void (await loading);
    } finally {
      // Code that a package bound to this process at its import must not act in another.
      fence.end();
    }
  });
}
