import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
  type WorkerOptions,
} from 'node:worker_threads';
import { createEventSourceMapping } from 'undam/mapping';
import type { QueuedMessage } from './aws/virtual-queues.ts';
import { functionVariables } from './lambda/lambda-variables.ts';
import type { Loader } from './modules/handler-loader.ts';
import { mustBeLoader, noLoadOptions, stubFiles } from './modules/load-options.ts';
import type { Simulation } from './report/result.ts';
import { runSimulation, type SimulationOptions } from './simulation.ts';
import { mustBeArrival, mustBeSimulationOptions } from './simulation-options.ts';
import type { Arrival } from './stream/simulated-stream.ts';
import { installVirtualTime, withVirtualTime } from './virtual/install.ts';
import { RealWorldError } from './virtual/real-world-error.ts';
import { startDate as defaultStartDate, type VirtualTime } from './virtual/virtual-time.ts';
import { workerFlags } from './worker-flags.ts';

export interface SimulateOptions extends Omit<SimulationOptions, 'createHandler' | 'onInvocation' | 'faults'> {
  /**
   * The module of an unchanged handler, as a `file:` URL or an absolute path. It runs in a worker thread, with its own module
   * state in each environment, and virtual queues answer its SQS clients.
   */
  readonly handler?: URL | string;
  /** Replaces `handler`: makes the handler of each environment, in this thread. @default none */
  readonly createHandler?: SimulationOptions['createHandler'];
  /** The export of the module. @default handler */
  readonly exportName?: string;
  /** Environment variables of the function, in addition to those of this process. @default {} */
  readonly variables?: Readonly<Record<string, string>>;
  /** Epoch milliseconds at which the run begins. @default Date.UTC(2025, 0, 1) */
  readonly startDate?: number;
  /**
   * Stand-ins for modules, each a `file:` URL or an absolute path, by the module that they replace: a file relative to the
   * handler's (`./db.ts`), or a package by its name. Each importer of that module gets the stand-in, however the import is
   * written; the stand-in itself may import the real module. A stand-in that nothing imports is an error.
   *
   * @default {}
   */
  readonly stubs?: Readonly<Record<string, URL | string>>;
  /**
   * The loader of the handler: `esbuild` compiles your own files and leaves packages to Node, `node` leaves everything to Node.
   *
   * @default esbuild for TypeScript if it is installed, else node
   */
  readonly loader?: Loader;
}

export interface SimulationResult extends Simulation {
  /** The messages that the handler's SQS clients sent, by queue URL; empty with `createHandler`. */
  readonly queues: ReadonlyMap<string, readonly QueuedMessage[]>;
}

/** The worker's input. */
export interface WorkerTask {
  /** Takes the answer. */
  readonly port: MessagePort;
  readonly url: string;
  readonly stubs: Readonly<Record<string, string>>;
  readonly options: Omit<SimulateOptions, 'handler' | 'createHandler' | 'signal' | 'stubs'>;
}

/** The worker's answer. */
export type WorkerAnswer = { readonly result: SimulationResult } | { readonly error: TransferredError };

/** An error on its way out of a worker: a structured clone would lose its name. */
export interface TransferredError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Present for a RealWorldError. */
  readonly call?: string;
}

/**
 * Runs a stream, a mapping and a function in virtual time: days take seconds, and the same options give the same result. The
 * handler may wait for timers, for promises that settle by themselves, and for SQS clients. Sockets, the thread pool, other
 * processes and other threads are refused: the run rejects with a `RealWorldError`, even if the handler catches it.
 *
 * With a `handler` module the options must survive a structured clone, so `backoffMs` must be a list; `records` is read in full
 * before the run.
 *
 * @throws EventSourceMappingError for settings that AWS refuses; TypeError or RangeError for other options; the error of the
 * handler's module at its import, as an Error of that name; RealWorldError; the signal's reason
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const { handler, createHandler } = options;
  if (handler !== undefined) return inWorker(moduleOf(handler), options);
  if (typeof createHandler !== 'function') {
    throw new TypeError(`handler: ${expectedHandler}, got ${String(handler)}`);
  }
  noLoadOptions(options);
  installVirtualTime();
  const { seed = 1, startDate = defaultStartDate } = options;
  const run = (time: VirtualTime) => runSimulation(time, { ...options, createHandler });
  const simulation = await withVirtualTime({ seed, startDate }, run);
  return { ...simulation, queues: new Map() };
}

const expectedHandler =
  "expected new URL('./handler.ts', import.meta.url), an absolute path, or a createHandler() that makes the handler in this thread";

function moduleOf(handler: unknown): URL {
  if (typeof handler === 'function') {
    // A handler imported here has captured the real clocks and timers, and shares this thread's modules.
    throw new TypeError(
      `handler: ${expectedHandler}, got a function: in place of (event) => … write createHandler: () => (event) => …`,
    );
  }
  const url = typeof handler === 'string' && isAbsolute(handler) ? pathToFileURL(handler) : URL.parse(String(handler));
  if (url?.protocol === 'file:') return url;
  throw new TypeError(`handler: ${expectedHandler}, got ${String(handler)}`);
}

async function inWorker(
  url: URL,
  { handler: _, createHandler, signal, stubs = {}, ...options }: SimulateOptions,
): Promise<SimulationResult> {
  if (createHandler !== undefined)
    throw new TypeError('createHandler: expected either handler or createHandler, got both');
  mustBeSimulationOptions(options);
  mustBeLoader(options.loader);
  signal?.throwIfAborted();
  const records = [...options.records];
  mustBeWritable(records, options);
  const files = stubFiles(stubs);
  // Not the worker's own port, which the handler also has.
  const { port1: answers, port2: port } = new MessageChannel();
  try {
    const worker = startWorker({ url: url.href, stubs: files, options: { ...options, records }, port });
    return await answerOf(worker, answers, signal);
  } finally {
    answers.close();
  }
}

async function answerOf(worker: Worker, answers: MessagePort, signal?: AbortSignal): Promise<SimulationResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SimulationResult>();
  const abort = (): void => reject(signal?.reason);
  const take = (answer: WorkerAnswer): void => {
    if ('result' in answer) resolve(answer.result);
    else reject(receivedError(answer.error));
  };
  signal?.addEventListener('abort', abort, { once: true });
  answers.once('message', take);
  worker.once('error', reject);
  worker.once('exit', (code) => {
    const last = receiveMessageOnPort(answers);
    if (last) take(last.message as WorkerAnswer);
    else
      reject(
        new Error(
          `expected the result of the simulation, got the end of its thread (code ${code}): check whether the handler ends it`,
        ),
      );
  });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function receivedError({ call, name, message, stack }: TransferredError): Error {
  const error = call === undefined ? new Error(message) : new RealWorldError(call);
  return Object.assign(error, { name, message, ...(stack !== undefined && { stack }) });
}

/** Checks here what the run would check later, so that errors keep their classes. */
function mustBeWritable(
  records: readonly Arrival[],
  { stream = {}, mapping, startDate = defaultStartDate }: Pick<SimulateOptions, 'stream' | 'mapping' | 'startDate'>,
): void {
  const { kind = 'kinesis', streamArn = 'the stream' } = stream;
  createEventSourceMapping({ StartingPosition: 'TRIM_HORIZON', ...mapping }, { kind, streamArn }, startDate);
  let earliestMs = -Infinity;
  for (const [index, arrival] of records.entries()) {
    mustBeArrival(arrival, index, kind, earliestMs);
    earliestMs = arrival.atMs ?? 0;
  }
}

function startWorker(workerData: WorkerTask): Worker {
  // In a checkout, the sources themselves run.
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(isSource ? './simulate-worker.ts' : './simulate-worker.js', import.meta.url);
  const execArgv = [...workerFlags(process.execArgv), ...(isSource ? ['--conditions=undam-source'] : [])];
  const { exportName = 'handler', function: settings = {}, variables = {} } = workerData.options;
  const env = functionVariables({ module: new URL(workerData.url), exportName, settings, variables });
  try {
    return startedWith(entry, { workerData, execArgv, env, transferList: [workerData.port] });
  } catch (cause) {
    if ((cause as Error).name !== 'DataCloneError') throw cause;
    const expected = 'expected options without functions for a handler module (backoffMs may be a list)';
    throw new TypeError(`${expected}: ${(cause as Error).message}`, { cause });
  }
}

/** Starts without the flags of V8 or of the whole process: a thread refuses them, and they hold in it anyway. */
function startedWith(entry: URL, options: WorkerOptions & { readonly execArgv: readonly string[] }): Worker {
  try {
    return new Worker(entry, { ...options, execArgv: [...options.execArgv] });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const execArgv = options.execArgv.filter((flag) => !message.includes(flag));
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || execArgv.length === options.execArgv.length) throw error;
    return startedWith(entry, { ...options, execArgv });
  }
}
