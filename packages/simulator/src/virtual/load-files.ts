import { VirtualDisk } from './disk/virtual-disk.ts';
import { Fence } from './fence.ts';
import { withVirtualTime } from './install.ts';
import { runInProgress } from './run-in-progress.ts';
import { firstVirtualPid } from './virtual-process.ts';

// Taken at import, before the clocks of this thread are replaced.
const realNow = performance.now.bind(performance);

/** Real milliseconds. What takes longer is tried again in the run, where Lambda's own limit ends it. */
const loadMsMost = 30_000;

/**
 * Imports a module before a run, so that its files are in Node's caches: an import reads them through the thread pool once,
 * for which virtual time cannot wait. The module lives in a run of its own, which reaches nothing real and whose output
 * goes nowhere.
 *
 * @throws what the module throws; RealWorldError
 */
export function loadFiles(load: () => Promise<unknown>): Promise<void> {
  const deadline = realNow() + loadMsMost;
  return withVirtualTime({}, async (time) => {
    runInProgress()!.capture = () => {};
    const end = (): void => fence.end();
    const fence = new Fence({ onExit: end, onCrash: end }, { pid: firstVirtualPid, disk: new VirtualDisk(time) });
    const loading = fence.run(load);
    loading.catch(() => {});
    try {
      while (realNow() < deadline && !fence.ended) if (await time.runUntil(loading)) return void (await loading);
    } finally {
      // What a package bound to this process at its import never acts in another one.
      fence.end();
    }
  });
}
