import type { Fence } from '../virtual/fence.ts';

/** Documented: `/tmp` holds 512 MB unless configured. https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
const maxBytes = 512 * 1_024 * 1_024;

/**
 * The files of one environment's `/tmp`, in memory. Documented: a reset after a crash or time-out does not clear it.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class TemporaryDirectory {
  readonly #files = new Map<string, Uint8Array>();

  /** The directory for the code behind a fence: every access throws once the fence has ended. */
  behind(fence: Fence): TemporaryFiles {
    const guarded = <T>(access: () => T): T => {
      if (fence.ended) throw new Error('the environment has ended');
      return access();
    };
    return {
      read: (name) => guarded(() => this.#files.get(name)?.slice()),
      write: (name, bytes) => guarded(() => this.#write(name, bytes)),
      append: (name, bytes) =>
        guarded(() => this.#write(name, Buffer.concat([this.#files.get(name) ?? nothing, bytes]))),
      remove: (name) => guarded(() => void this.#files.delete(name)),
      list: () => guarded(() => [...this.#files.keys()].sort()),
    };
  }

  #write(name: string, bytes: Uint8Array): void {
    let sum = bytes.length;
    for (const [other, { length }] of this.#files) if (other !== name) sum += length;
    if (sum > maxBytes) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    this.#files.set(name, bytes.slice());
  }
}

/** Synchronous, like a local disk. */
export interface TemporaryFiles {
  read(name: string): Uint8Array | undefined;
  write(name: string, bytes: Uint8Array): void;
  append(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
  /** Names in alphabetical order. */
  list(): readonly string[];
}

const nothing = new Uint8Array();
