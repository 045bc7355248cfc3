import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import inspector from 'node:inspector';
import net from 'node:net';
import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';
import { Fence } from './fence.ts';
import { refusalOf, runInProgress } from './run-in-progress.ts';

type Anything = (this: unknown, ...args: unknown[]) => unknown;

/**
 * In a run, work of a handler at a socket or in the thread pool would end at a real time; the call fails instead, with an error
 * that names it. Synchronous reads of files stay allowed, because module loading needs them.
 */
export function installGuards(realm: typeof globalThis): void {
  guard(net.Socket.prototype, 'net.Socket', ['connect'], 'throws');
  guard(net.Server.prototype, 'net.Server', ['listen'], 'throws');
  guard(dgram, 'dgram', ['createSocket'], 'throws');
  guard(dgram.Socket.prototype, 'dgram.Socket', ['bind', 'connect', 'send'], 'throws');
  guard(childProcess.ChildProcess.prototype, 'child_process.ChildProcess', ['spawn'], 'throws');
  guard(inspector, 'inspector', ['open'], 'throws');
  guard(realm.Atomics, 'Atomics', ['waitAsync'], 'throws');
  const processes = ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync'];
  guard(childProcess, 'child_process', processes, 'throws');
  guard(dns, 'dns', functionsOf(dns).filter(isLookup), 'throws');
  guard(dns.Resolver.prototype, 'dns.Resolver', dnsCalls, 'throws');
  guard(dns.promises, 'dns.promises', functionsOf(dns.promises).filter(isLookup), 'rejects');
  guard(dns.promises.Resolver.prototype, 'dns.promises.Resolver', dnsCalls, 'rejects');
  guard(fs, 'fs', [...withSync(fs), 'watch', 'watchFile', 'openAsBlob'], 'throws');
  guard(fs.promises, 'fs.promises', functionsOf(fs.promises), 'rejects');
  guard(zlib, 'zlib', [...withSync(zlib), ...functionsOf(zlib).filter((name) => /^create/.test(name))], 'throws');
  guard(crypto, 'crypto', ['pbkdf2', 'scrypt', 'hkdf', 'generateKey', 'generateKeyPair', 'generatePrime'], 'throws');
  guard(crypto, 'crypto', ['sign', 'verify', 'checkPrime', 'diffieHellman'], 'throws', endsInCallback);
  const { subtle } = crypto.webcrypto;
  const subtleCalls = Object.getPrototypeOf(subtle) as object;
  guard(subtleCalls, 'crypto.subtle', functionsOf(subtleCalls), 'rejects');
  guard(realm, 'globalThis', ['fetch'], 'rejects');
  guardClasses(workerThreads, 'worker_threads', ['Worker']);
  guardClasses(zlib, 'zlib', Object.keys(zlib).filter(isCompressor));
  guardClasses(realm, 'globalThis', ['WebSocket', 'EventSource', 'CompressionStream', 'DecompressionStream']);
}

/** Streams that work in the thread pool. */
const isCompressor = (name: string): boolean =>
  /^(Gzip|Gunzip|Unzip|Deflate|Inflate|Brotli|Zstd).*/.test(name) && /^[A-Z]\w*$/.test(name);
const isLookup = (name: string): boolean => /^(lookup|resolve|reverse)/.test(name);
const dnsCalls = functionsOf(dns.Resolver.prototype)
  .concat(functionsOf(Object.getPrototypeOf(dns.Resolver.prototype)))
  .filter(isLookup);

/** These use the thread pool only with a callback. */
const endsInCallback = (args: readonly unknown[]): boolean => typeof args.at(-1) === 'function';

function withSync(module: object): string[] {
  return functionsOf(module).filter((name) => `${name}Sync` in module);
}

function functionsOf(module: object): string[] {
  const names = Object.getOwnPropertyNames(module).filter((name) => name !== 'constructor');
  return names.filter((name) => typeof Object.getOwnPropertyDescriptor(module, name)?.value === 'function');
}

function isInHandler(): boolean {
  return runInProgress() !== undefined && Fence.current() !== undefined;
}

function guard(
  target: object,
  label: string,
  names: readonly string[],
  how: 'throws' | 'rejects',
  isReal: (args: readonly unknown[]) => boolean = () => true,
): void {
  for (const name of names) {
    const real = Reflect.get(target, name) as Anything | undefined;
    if (typeof real !== 'function') continue;
    const guarded: Anything = function (...args) {
      if (!isInHandler() || !isReal(args)) return Reflect.apply(real, this, args);
      const error = refusalOf(`${label}.${name}()`);
      if (how === 'rejects') return Promise.reject(error);
      throw error;
    };
    Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(real));
    Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value: guarded });
  }
}

function guardClasses(module: object, label: string, names: readonly string[]): void {
  for (const name of names) {
    const real = Reflect.get(module, name) as (new (...args: unknown[]) => object) | undefined;
    if (typeof real !== 'function') continue;
    const value = new Proxy(real, {
      construct(target, args, newTarget) {
        if (isInHandler()) throw refusalOf(`new ${label}.${name}()`);
        return Reflect.construct(target, args, newTarget);
      },
    });
    Object.defineProperty(module, name, { configurable: true, enumerable: true, writable: true, value });
  }
}
