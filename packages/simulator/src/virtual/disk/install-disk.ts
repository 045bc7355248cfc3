import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import os from 'node:os';
import { Fence } from '../fence.ts';
import { runInProgress } from '../run-in-progress.ts';
import { type DiskCallEntry, diskCalls } from './disk-calls.ts';
import { diskPath, diskRoot } from './disk-path.ts';
import { routed } from './routing.ts';
import { VirtualFileHandle } from './virtual-file-handle.ts';

type Anything = (this: unknown, ...args: unknown[]) => unknown;

// Captured at import: a run may replace the globals.
const { setImmediate } = globalThis;

/**
 * Gives each environment its own disk at `/tmp`, for every form of `node:fs`: synchronous, with a callback, by promises, and by
 * streams, which use these. All other paths stay real.
 */
export function installDisk(): void {
  for (const entry of diskCalls) {
    replace(fs, `${entry.name}Sync`, (real) => synchronous(entry, real));
    replace(fs, entry.name, (real) => withCallback(entry, real));
    replace(fs.promises, entry.name, (real) => promised(entry, real));
  }
  const realTmpdir = os.tmpdir;
  os.tmpdir = () => {
    if (!Fence.current()?.process) return realTmpdir();
    const given = realTmpdir();
    if (diskPath(given) === undefined) return diskRoot;
    // Code that names a folder by TMPDIR expects it to exist.
    fs.mkdirSync(given, { recursive: true });
    return given;
  };
}

function replace(target: object, name: string, make: (real: Anything) => Anything): void {
  const real = Reflect.get(target, name) as (Anything & { native?: Anything }) | undefined;
  if (typeof real !== 'function') return;
  const value = make(real);
  Object.defineProperties(value, Object.getOwnPropertyDescriptors(real));
  if (real.native) Object.assign(value, { native: make(real.native) });
  Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value });
}

function synchronous(entry: DiskCallEntry, real: Anything): Anything {
  return function (...args) {
    const call = routed(entry, args);
    return call ? call() : Reflect.apply(real, this, args);
  };
}

function withCallback(entry: DiskCallEntry, real: Anything): Anything {
  return function (...args) {
    const last = args.at(-1);
    const callback = typeof last === 'function' ? (last as Anything) : undefined;
    // Documented: only `close` may omit its callback.
    const call = callback || entry.name === 'close' ? routed(entry, callback ? args.slice(0, -1) : args) : undefined;
    if (!call) return Reflect.apply(real, this, args);
    const answer = callback ?? (() => undefined);
    soon(() => {
      if (entry.name === 'exists') return answer(call());
      let value: unknown;
      try {
        value = call();
      } catch (error) {
        return answer(error);
      }
      const isTransfer = /^(read|write)v?$/.test(entry.name);
      return isTransfer ? answer(null, value, args[1]) : answer(null, value);
    });
    return undefined;
  };
}

function promised(entry: DiskCallEntry, real: Anything): Anything {
  return async function (...args) {
    const call = routed(entry, args);
    if (!call) return Reflect.apply(real, this, args);
    if (entry.name === 'open') return new VirtualFileHandle((await later(call)) as number, perform);
    if (/^(write|append)File$/.test(entry.name) && isIterable(args[1])) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of args[1]) chunks.push(Buffer.from(chunk as Uint8Array));
      return later(() => call((disk, file, _, ...rest) => entry.run(disk, file, Buffer.concat(chunks), ...rest)));
    }
    return later(call);
  };
}

function isIterable(data: unknown): data is AsyncIterable<unknown> {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return false;
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}

const perform: ConstructorParameters<typeof VirtualFileHandle>[1] = (run) => {
  const fence = Fence.current();
  return later(() => {
    const disk = fence?.process?.disk;
    if (!disk || fence.ended) throw new Error('the environment has ended');
    return run(disk);
  });
};

function later<T>(call: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    soon(() => {
      try {
        resolve(call());
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

/** A disk takes no virtual time, but another turn of the event loop. */
function soon(run: () => unknown): void {
  const bound = AsyncLocalStorage.bind(() => void run());
  const time = runInProgress()?.time;
  if (time) time.setTimeout(bound, 0);
  else setImmediate(bound);
}
