import type { VirtualDisk } from './disk/virtual-disk.ts';

/** A process of an execution environment, as the code in it sees it. */
export interface VirtualProcess {
  /** Unlike that of any other process of the same function, and of any real one. */
  readonly pid: number;
  /** Of its environment: it outlives the process. */
  readonly disk: VirtualDisk;
}

/** Above the largest number that Linux gives a process, 2^22. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html */
export const firstVirtualPid = 10_000_000;
