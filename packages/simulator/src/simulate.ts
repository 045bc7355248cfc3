import { Worker } from 'node:worker_threads';
import { createEventSourceMapping } from 'undam/mapping';
import type { QueuedMessage } from './aws/virtual-queues.ts';
import type { Simulation } from './run-report.ts';
import { runSimulation, type SimulationOptions } from './simulation.ts';
import { mustBeArrival, mustBeSimulationOptions } from './simulation-options.ts';
import type { Arrival } from './stream/simulated-stream.ts';
import { installVirtualTime, withVirtualTime } from './virtual/install.ts';
import { startDate } from './virtual/virtual-time.ts';

export interface SimulateOptions extends Omit<SimulationOptions, 'handler' | 'onInvocation' | 'faults'> {
  /**
   * The module of an unchanged handler: it runs in a worker thread, with module state of its own for each environment,
   * and its SQS clients are answered by virtual queues. Or a factory, which runs in this thread.
   */
  readonly handler: URL | SimulationOptions['handler'];
  /** The export of the module. Default `handler`. */
  readonly exportName?: string;
  /** Environment variables of the function, beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SimulationResult extends Simulation {
  /** What the handler's SQS clients sent, by queue URL; empty for a factory. */
  readonly queues: ReadonlyMap<string, readonly QueuedMessage[]>;
}

/** What the worker is started with. */
export interface WorkerTask {
  readonly url: string;
  readonly options: Omit<SimulateOptions, 'handler'>;
}

/** What the worker answers. */
export type WorkerAnswer = { readonly result: SimulationResult } | { readonly error: TransferredError };

/** An error as it leaves a worker: a structured clone would lose its name. */
export interface TransferredError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/**
 * Runs a stream, a mapping and a function under virtual time: days take seconds, and the same options come to the same
 * result. Everything that the handler waits for has to be a timer, a promise that settles by itself, or an SQS client:
 * sockets and the thread pool are refused by a `RealWorldError`.
 *
 * With a URL the options must survive a structured clone: a list as `backoffMs`, no function. `records` are taken at once.
 *
 * @throws EventSourceMappingError for settings that AWS refuses; TypeError, RangeError for other options; what the
 *   handler's module throws when it is imported, as an Error of that name
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const { handler } = options;
  if (!(handler instanceof URL) && typeof handler !== 'function') {
    const expected = "expected new URL('./handler.ts', import.meta.url) or a factory of handlers";
    throw new TypeError(`handler: ${expected}, got ${String(handler)}`);
  }
  if (handler instanceof URL) return inWorker(handler, options);
  installVirtualTime();
  const { seed = 1 } = options;
  const simulation = await withVirtualTime({ seed }, (time) => runSimulation(time, { ...options, handler }));
  return { ...simulation, queues: new Map() };
}

async function inWorker(url: URL, { handler: _, ...options }: SimulateOptions): Promise<SimulationResult> {
  mustBeSimulationOptions(options);
  const records = [...options.records];
  mustBeWritable(records, options);
  const worker = startWorker({ url: url.href, options: { ...options, records } });
  return new Promise<SimulationResult>((resolve, reject) => {
    worker.once('message', (answer: WorkerAnswer) => {
      if ('result' in answer) resolve(answer.result);
      else reject(Object.assign(new Error(answer.error.message), answer.error));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the worker of the simulation ended with ${code} and no result`)));
  }).finally(() => worker.terminate());
}

/** Refuses here what the run would refuse, so that errors keep their classes. */
function mustBeWritable(records: readonly Arrival[], { stream = {}, mapping }: Omit<SimulateOptions, 'handler'>): void {
  const { kind = 'kinesis', streamArn = 'the stream' } = stream;
  createEventSourceMapping({ StartingPosition: 'TRIM_HORIZON', ...mapping }, { kind, streamArn }, startDate);
  let earliestMs = 0;
  for (const [index, arrival] of records.entries()) {
    mustBeArrival(arrival, index, kind, earliestMs);
    earliestMs = arrival.atMs ?? 0;
  }
}

function startWorker(workerData: WorkerTask): Worker {
  // From a checkout, the sources themselves run.
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(isSource ? './simulate-worker.ts' : './simulate-worker.js', import.meta.url);
  const execArgv = isSource ? [...process.execArgv, '--conditions=undam-source'] : process.execArgv;
  const env = { ...process.env, ...workerData.options.variables };
  try {
    return new Worker(entry, { workerData, execArgv, env });
  } catch (cause) {
    if ((cause as Error).name !== 'DataCloneError') throw cause;
    const expected = 'expected options without functions beside a handler as URL (backoffMs may be a list)';
    throw new TypeError(`${expected}: ${(cause as Error).message}`, { cause });
  }
}
