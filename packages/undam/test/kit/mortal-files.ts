import type { FileAccess, Writer } from '../../src/ledgers/file/disk.ts';
import { nodeFiles } from '../../src/ledgers/file/node-disk.ts';

/** This machine's disk, used by processes and threads that die when a test says so, and never before. */
export class Machine {
  readonly #alive = new Set<string>();
  #pids = 100;

  /** A new process; each call of it is another thread. */
  boot(): { thread(): FileAccess; die(): void } {
    const pid = this.#pids++;
    const threads: string[] = [];
    return {
      thread: () => {
        const self = { pid, boot: `${pid}000`, thread: pid + threads.length };
        threads.push(nameOf(self));
        this.#alive.add(nameOf(self));
        return {
          ...nodeFiles,
          self,
          held: (files) =>
            new Set(files.filter(({ writer }) => this.#alive.has(nameOf(writer))).map(({ path }) => path)),
        };
      },
      die: () => {
        for (const thread of threads) this.#alive.delete(thread);
      },
    };
  }

  /** One thread of a process dies; the process lives on. */
  end({ self }: FileAccess): void {
    this.#alive.delete(nameOf(self));
  }
}

function nameOf({ pid, boot, thread }: Writer): string {
  return `${pid} ${boot} ${thread}`;
}
