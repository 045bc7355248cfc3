/** A handler that performs the act its record names, and throws the result, so that the report shows it. */
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs, { existsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import inspector from 'node:inspector';
import net from 'node:net';
import { setTimeout as sleep, setInterval as ticks } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import zlib from 'node:zlib';

const withCallback = (start: (callback: (error: unknown, value?: unknown) => void) => unknown): Promise<unknown> =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));

/** Acts that a RealWorldError refuses, by the name of the call. */
export const refused: Readonly<Record<string, () => unknown>> = {
  'net.Socket.connect()': () => withCallback((done) => net.connect(80, '127.0.0.1').on('error', done)),
  'net.Socket.connect() by http': () => withCallback((done) => http.get('http://127.0.0.1/').on('error', done)),
  'net.Server.listen()': () => net.createServer().listen(0),
  'globalThis.fetch()': () => fetch('http://127.0.0.1/'),
  'new globalThis.WebSocket()': () => new WebSocket('ws://127.0.0.1/'),
  'fs.promises.readFile()': () => readFile('/etc/hosts'),
  'fs.readFile()': () => withCallback((done) => fs.readFile('/etc/hosts', done)),
  'fs.open()': () => withCallback((done) => fs.createReadStream('/etc/hosts').on('error', done)),
  'fs.watch()': () => fs.watch('/'),
  'child_process.exec()': () => withCallback((done) => childProcess.exec('true', done)),
  'child_process.execSync()': () => childProcess.execSync('true'),
  'child_process.spawn()': () => childProcess.spawn('true'),
  'child_process.spawnSync()': () => childProcess.spawnSync('true'),
  'child_process.ChildProcess.spawn()': () => {
    const child: unknown = new childProcess.ChildProcess();
    // Missing in Node's types.
    (child as { spawn(options: object): void }).spawn({ file: '/bin/true' });
  },
  'inspector.open()': () => inspector.open(0),
  'dgram.Socket.bind()': () => Reflect.construct(dgram.Socket, [{ type: 'udp4', lookup: () => {} }]).bind(0),
  'Atomics.waitAsync()': () => Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50).value,
  'new zlib.Gzip()': () => Reflect.construct(Reflect.get(zlib, 'Gzip'), []),
  'crypto.subtle.digest() by its prototype': () =>
    Object.getPrototypeOf(crypto.webcrypto.subtle).digest.call(crypto.webcrypto.subtle, 'SHA-256', new Uint8Array(1)),
  'new worker_threads.Worker()': () => new Worker('1', { eval: true }),
  'zlib.gzip()': () => promisify(zlib.gzip)('text'),
  'zlib.createGzip()': () => zlib.createGzip(),
  'new globalThis.CompressionStream()': () => new CompressionStream('gzip'),
  'crypto.scrypt()': () => withCallback((done) => crypto.scrypt('a', 'b', 8, done)),
  'crypto.subtle.digest()': () => crypto.subtle.digest('SHA-256', new Uint8Array(1)),
  'crypto.checkPrime()': () => withCallback((done) => crypto.checkPrime(7n, done)),
  'dns.lookup()': () => withCallback((done) => dns.lookup('localhost', done)),
  'dns.Resolver.resolve4()': () => withCallback((done) => new dns.Resolver().resolve4('localhost', done)),
  'dns.promises.Resolver.resolve4()': () => new dns.promises.Resolver().resolve4('localhost'),
};

/** Acts that have the same value in every run with the same seed. */
export const allowed: Readonly<Record<string, () => unknown>> = {
  clocks: async () => {
    const from = [Date.now(), performance.now(), process.hrtime.bigint(), process.hrtime()] as const;
    await sleep(5);
    const hrtime = process.hrtime(from[3]);
    return [Date.now() - from[0], performance.now() - from[1], Number(process.hrtime.bigint() - from[2]), hrtime];
  },
  'time origin': () => performance.timeOrigin + performance.now() - Date.now(),
  marks: async () => {
    const { startTime } = performance.mark('from');
    await sleep(5);
    return [startTime === performance.now() - 5, performance.measure('of', 'from').duration];
  },
  formats: () => new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(),
  'a loop that waits for the clock': () => {
    const from = Date.now();
    while (Date.now() < from + 20);
    return Date.now() - from;
  },
  timers: async () => {
    const seen: unknown[] = [];
    const from = Date.now();
    setImmediate(() => seen.push('immediate'));
    queueMicrotask(() => seen.push('microtask'));
    const interval = setInterval(() => seen.push(Date.now() - from), 10);
    await sleep(35);
    clearInterval(interval);
    for await (const tick of ticks(5, 'tick')) if (seen.push(tick) > 6) break;
    return [...seen, Date.now() - from];
  },
  aborts: async () => {
    const from = Date.now();
    const signal = AbortSignal.any([AbortSignal.timeout(50)]);
    const error: unknown = await sleep(1_000, undefined, { signal }).catch((reason: unknown) => reason);
    return [(error as Error).name, (signal.reason as Error).name, Date.now() - from];
  },
  randomness: async () => {
    const filled = await withCallback((done) => crypto.randomFill(Buffer.alloc(4), done));
    const bytes = await withCallback((done) => crypto.randomBytes(4, done));
    const web = globalThis.crypto.getRandomValues(new Uint8Array(2));
    return [
      Math.random(),
      crypto.randomUUID(),
      globalThis.crypto.randomUUID(),
      filled,
      bytes,
      web,
      crypto.randomInt(99),
    ];
  },
};

export const handler = async (event: {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
}): Promise<null> => {
  const name = Buffer.from(event.Records[0]!.kinesis.data, 'base64').toString();
  const value = await { ...refused, ...allowed }[name]!();
  throw new Error(JSON.stringify(value));
};

/** Swallows the error of a refused call. */
export const careless = async (): Promise<null> => {
  await fetch('http://127.0.0.1/').catch(() => undefined);
  return null;
};

/** The first process of an environment ends itself; the call that it makes afterwards must have no effect. */
export const diesAndFetches = async (): Promise<null> => {
  if (existsSync('/tmp/second')) return null;
  writeFileSync('/tmp/second', '');
  setTimeout(() => {
    try {
      process.exit(1);
    } finally {
      void fetch('http://127.0.0.1/');
    }
  }, 1);
  await sleep(50);
  return null;
};
