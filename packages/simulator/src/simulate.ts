import { Worker } from 'node:worker_threads';
import type { QueuedMessage } from './aws/virtual-queues.ts';
import type { Simulation } from './run-report.ts';
import { runSimulation, type SimulationOptions } from './simulation.ts';
import { installVirtualTime, withVirtualTime } from './virtual/install.ts';

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
export type WorkerAnswer = { readonly result: SimulationResult } | { readonly error: unknown };

/**
 * Runs a stream, a mapping and a function under virtual time: days take seconds, and the same options come to the same
 * result. Everything that the handler waits for has to be a timer, a promise that settles by itself, or an SQS client:
 * sockets and the thread pool are refused by a `RealWorldError`.
 *
 * With a URL the options must survive a structured clone: no functions in `assumptions`, no generator in `records`.
 *
 * @throws EventSourceMappingError for settings that AWS refuses; what the handler's module throws when it is imported
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const { handler } = options;
  if (handler instanceof URL) return inWorker(handler, options);
  installVirtualTime();
  const { seed = 1 } = options;
  const simulation = await withVirtualTime({ seed }, (time) => runSimulation(time, { ...options, handler }));
  return { ...simulation, queues: new Map() };
}

function inWorker(url: URL, { handler: _, ...options }: SimulateOptions): Promise<SimulationResult> {
  // From a checkout, the sources themselves run.
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(isSource ? './simulate-worker.ts' : './simulate-worker.js', import.meta.url);
  const execArgv = isSource ? [...process.execArgv, '--conditions=undam-source'] : process.execArgv;
  const records = Array.isArray(options.records) ? options.records : [...options.records];
  const workerData: WorkerTask = { url: url.href, options: { ...options, records } };
  const worker = new Worker(entry, { workerData, execArgv, env: { ...process.env, ...options.variables } });
  return new Promise<SimulationResult>((resolve, reject) => {
    worker.once('message', (answer: WorkerAnswer) => {
      if ('result' in answer) resolve(answer.result);
      else reject(answer.error);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the worker of the simulation ended with ${code} and no result`)));
  }).finally(() => worker.terminate());
}
