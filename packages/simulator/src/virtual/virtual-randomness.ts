import crypto from 'node:crypto';
import { type RunInProgress, runInProgress } from './run-in-progress.ts';

/** Replaces `Math.random` and the randomness of `node:crypto` and Web Crypto; outside a run they behave like the originals. */
export function installRandomness(realm: typeof globalThis): void {
  const realRandom = realm.Math.random;
  realm.Math.random = () => (runInProgress()?.random ?? realRandom)();

  const real = { ...crypto };
  const webcrypto = crypto.webcrypto;
  const realGet = webcrypto.getRandomValues.bind(webcrypto);
  const getRandomValues = <T extends ArrayBufferView>(view: T): T => {
    const run = runInProgress();
    return run ? fill(run, view) : (realGet(view as never) as T);
  };
  const randomUUID: typeof crypto.randomUUID = (options) => {
    const run = runInProgress();
    return run ? uuidOf(fill(run, Buffer.alloc(16))) : real.randomUUID(options);
  };
  const randomBytes = (size: number, callback?: (error: null, bytes: Buffer) => void): Buffer | undefined => {
    const run = runInProgress();
    if (!run) return callback ? void real.randomBytes(size, callback as never) : real.randomBytes(size);
    const bytes = fill(run, Buffer.alloc(size));
    if (!callback) return bytes;
    run.time.setTimeout(() => callback(null, bytes), 0);
    return undefined;
  };
  const randomFillSync = (view: ArrayBufferView, offset = 0, size?: number): ArrayBufferView => {
    const run = runInProgress();
    if (!run)
      return size === undefined
        ? real.randomFillSync(view as never, offset)
        : real.randomFillSync(view as never, offset, size);
    fill(run, Buffer.from(view.buffer, view.byteOffset + offset, size ?? view.byteLength - offset));
    return view;
  };
  const randomFill = (view: ArrayBufferView, ...args: unknown[]): unknown => {
    const run = runInProgress();
    if (!run) return (real.randomFill as unknown as (...args: unknown[]) => unknown)(view, ...args);
    const callback = args.pop() as (error: null, view: ArrayBufferView) => void;
    randomFillSync(view, ...(args as number[]));
    run.time.setTimeout(() => callback(null, view), 0);
    return undefined;
  };
  const randomInt = (...args: unknown[]): number | undefined => {
    const run = runInProgress();
    if (!run) return (real.randomInt as unknown as (...args: unknown[]) => number | undefined)(...args);
    const [min, max] = typeof args[1] === 'number' ? [args[0] as number, args[1]] : [0, args[0] as number];
    const value = min + Math.floor(run.random() * (max - min));
    const callback = args.at(-1);
    if (typeof callback !== 'function') return value;
    run.time.setTimeout(() => callback(null, value), 0);
    return undefined;
  };
  const own = { configurable: true, writable: true };
  Object.assign(crypto, {
    randomUUID,
    randomBytes,
    pseudoRandomBytes: randomBytes,
    randomFillSync,
    randomFill,
    randomInt,
  });
  Object.defineProperties(webcrypto, {
    getRandomValues: { ...own, value: getRandomValues },
    randomUUID: { ...own, value: randomUUID },
  });
}

function fill<T extends ArrayBufferView>({ random }: RunInProgress, view: T): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 256);
  return view;
}

function uuidOf(bytes: Buffer): ReturnType<typeof crypto.randomUUID> {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
