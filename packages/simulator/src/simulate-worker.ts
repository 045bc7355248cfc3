/** The thread of a simulation with a `handler` module: virtual time first, then the handler. */
import { workerData } from 'node:worker_threads';
import { answerClients } from './aws/answer-clients.ts';
import { VirtualQueues } from './aws/virtual-queues.ts';
import { prepareHandler } from './modules/handler-loader.ts';
import { importHandler } from './modules/handler-modules.ts';
import type { SimulationResult, TransferredError, WorkerAnswer, WorkerTask } from './simulate.ts';
import { runSimulation } from './simulation.ts';
import { isThrown, stackOf, wordsOf } from './thrown.ts';
import { installVirtualTime, withVirtualTime } from './virtual/install.ts';
import { loadFiles } from './virtual/load-files.ts';
import { RealWorldError } from './virtual/real-world-error.ts';

installVirtualTime();
const { url, stubs, options, port } = workerData as WorkerTask;

async function run(): Promise<SimulationResult> {
  const module = new URL(url);
  const { exportName = 'handler', seed = 1, startDate, loader } = options;
  const loadable = await prepareHandler(module, { loader, stubs });
  await loadFiles(() => loadable.load(exportName));
  return withVirtualTime({ seed, ...(startDate !== undefined && { startDate }) }, async (time) => {
    const queues = new VirtualQueues({ clock: time });
    answerClients(queues, module);
    const createHandler = ({ id }: { readonly id: number }) => importHandler(module, exportName, `${id}-${++starts}`);
    const simulation = await runSimulation(time, { ...options, createHandler });
    loadable.mustHaveUsedStubs();
    return { ...simulation, queues: queues.queues };
  });
}

let starts = 0;

function transferred(error: unknown): TransferredError {
  return { ...wordsOf(error), stack: stackOf(error), ...(isThrown(error, RealWorldError) && { call: error.call }) };
}

const answer: WorkerAnswer = await run().then(
  (result) => ({ result }),
  (error: unknown) => ({ error: transferred(error) }),
);
try {
  port.postMessage(answer);
} catch (error) {
  // The messages of a queue, for example, may hold a function of the handler.
  port.postMessage({ error: transferred(error) } satisfies WorkerAnswer);
}
