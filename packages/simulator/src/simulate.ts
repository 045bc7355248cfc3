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
   * The module of an unchanged handler, as a `file:` URL or an absolute path. It runs in a worker thread, with module state
   * of its own for each environment, and its SQS clients are answered by virtual queues.
   */
  readonly handler?: URL | string;
  /** In place of `handler`: makes the handler of each environment, in this thread. */
  readonly createHandler?: SimulationOptions['createHandler'];
  /** The export of the module. Default `handler`. */
  readonly exportName?: string;
  /** Environment variables of the function, beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Epoch milliseconds at which the run begins. Default 2025-01-01. */
  readonly startDate?: number;
  /**
   * Modules that stand in for others: each a `file:` URL or an absolute path, by what it stands in for, a file relative to the
   * handler's (`./db.ts`) or a package as it is imported. Whoever imports that module gets the stand-in, however the import
   * is written; the stand-in itself may import the real one. One that nothing imports is an error.
   */
  readonly stubs?: Readonly<Record<string, URL | string>>;
  /**
   * Who loads the handler: esbuild compiles it with what it imports of one's own, packages stay Node's; or Node does by
   * itself. Default: `esbuild` for TypeScript where esbuild is installed, else `node`.
   */
  readonly loader?: Loader;
}

export interface SimulationResult extends Simulation {
  /** What the handler's SQS clients sent, by queue URL; empty with `createHandler`. */
  readonly queues: ReadonlyMap<string, readonly QueuedMessage[]>;
}

/** What the worker is started with. */
export interface WorkerTask {
  /** Takes the answer. */
  readonly port: MessagePort;
  readonly url: string;
  readonly stubs: Readonly<Record<string, string>>;
  readonly options: Omit<SimulateOptions, 'handler' | 'createHandler' | 'signal' | 'stubs'>;
}

/** What the worker answers. */
export type WorkerAnswer = { readonly result: SimulationResult } | { readonly error: TransferredError };

/** An error as it leaves a worker: a structured clone would lose its name. */
export interface TransferredError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a RealWorldError. */
  readonly call?: string;
}

/**
 * Runs a stream, a mapping and a function under virtual time: days take seconds, and the same options come to the same
 * result. Everything that the handler waits for has to be a timer, a promise that settles by itself, or an SQS client:
 * sockets, the thread pool, other processes and threads are refused, and the run rejects with a `RealWorldError`, whatever
 * the handler makes of it.
 *
 * With a module the options must survive a structured clone: a list as `backoffMs`, no function. `records` are taken at once.
 *
 * @throws EventSourceMappingError for settings that AWS refuses; TypeError, RangeError for other options; what the
 *   handler's module throws when it is imported, as an Error of that name; RealWorldError; the signal's reason
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
  "expected new URL('./handler.ts', import.meta.url) or an absolute path, or a createHandler() that makes the handler here";

function moduleOf(handler: unknown): URL {
  if (typeof handler === 'function') {
    // A handler that was imported here has taken the real clocks and timers, and shares this thread's modules.
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
  if (createHandler !== undefined) throw new TypeError('createHandler: expected it in place of a handler, got both');
  mustBeSimulationOptions(options);
  mustBeLoader(options.loader);
  signal?.throwIfAborted();
  const records = [...options.records];
  mustBeWritable(records, options);
  const files = stubFiles(stubs);
  // Not the worker's own port, which the handler has, too.
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
        new Error(`expected a result of the simulation, but its thread ended with ${code}: does the handler end it?`),
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

/** Refuses here what the run would refuse, so that errors keep their classes. */
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
  // From a checkout, the sources themselves run.
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(isSource ? './simulate-worker.ts' : './simulate-worker.js', import.meta.url);
  const execArgv = [...workerFlags(process.execArgv), ...(isSource ? ['--conditions=undam-source'] : [])];
  const { exportName = 'handler', function: settings = {}, variables = {} } = workerData.options;
  const env = functionVariables({ module: new URL(workerData.url), exportName, settings, variables });
  try {
    return startedWith(entry, { workerData, execArgv, env, transferList: [workerData.port] });
  } catch (cause) {
    if ((cause as Error).name !== 'DataCloneError') throw cause;
    const expected = 'expected options without functions beside a handler that is a module (backoffMs may be a list)';
    throw new TypeError(`${expected}: ${(cause as Error).message}`, { cause });
  }
}

/** Without the flags that are V8's or the whole process's: a thread is refused them, and they hold there as they are. */
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
