import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import net from 'node:net';
import zlib from 'node:zlib';
import { Fence } from './fence.ts';
import { RealWorldError } from './real-world-error.ts';
import { runInProgress } from './run-in-progress.ts';

type Anything = (this: unknown, ...args: unknown[]) => unknown;

/**
 * In a run, what a handler starts at a socket or in the thread pool would end at a real time: it gets an error that names
 * the call instead. Reading files synchronously stays allowed, since module loading needs it.
 */
export function installGuards(realm: typeof globalThis): void {
  guard(net.Socket.prototype, 'net.Socket', ['connect'], 'throws');
  guard(dgram, 'dgram', ['createSocket'], 'throws');
  guard(childProcess, 'child_process', ['spawn', 'exec', 'execFile', 'fork'], 'throws');
  guard(dns, 'dns', ['lookup', 'resolve', 'resolve4', 'resolve6', 'reverse'], 'throws');
  guard(dns.promises, 'dns.promises', functionsOf(dns.promises), 'rejects');
  guard(fs, 'fs', withSync(fs), 'throws');
  guard(fs.promises, 'fs.promises', functionsOf(fs.promises), 'rejects');
  guard(zlib, 'zlib', withSync(zlib), 'throws');
  guard(crypto, 'crypto', ['pbkdf2', 'scrypt', 'hkdf', 'generateKey', 'generateKeyPair', 'generatePrime'], 'throws');
  const { subtle } = crypto.webcrypto;
  guard(subtle, 'crypto.subtle', functionsOf(Object.getPrototypeOf(subtle)), 'rejects');
  guard(realm, 'globalThis', ['fetch'], 'rejects');
}

function withSync(module: object): string[] {
  return functionsOf(module).filter((name) => `${name}Sync` in module);
}

function functionsOf(module: object): string[] {
  const names = Object.getOwnPropertyNames(module).filter((name) => name !== 'constructor');
  return names.filter((name) => typeof Object.getOwnPropertyDescriptor(module, name)?.value === 'function');
}

function guard(target: object, label: string, names: readonly string[], how: 'throws' | 'rejects'): void {
  for (const name of names) {
    const real = Reflect.get(target, name) as Anything | undefined;
    if (typeof real !== 'function') continue;
    const guarded: Anything = function (...args) {
      if (!runInProgress() || !Fence.current()) return Reflect.apply(real, this, args);
      const error = new RealWorldError(`${label}.${name}()`);
      if (how === 'rejects') return Promise.reject(error);
      throw error;
    };
    Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(real));
    Object.defineProperty(target, name, { configurable: true, enumerable: true, writable: true, value: guarded });
  }
}
