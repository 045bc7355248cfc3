import type { VirtualDisk } from './disk/virtual-disk.ts';

/** A process of an execution environment, as its code sees it. */
export interface VirtualProcess {
  /** Distinct from every other process of the function, and from every real one. */
  readonly pid: number;
  /** The environment's disk, which outlives the process. */
  readonly disk: VirtualDisk;
}

/** Above Linux's largest process number, 2^22. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html */
export const firstVirtualPid = 10_000_000;
