/** The thread that a simulation of a handler's module runs in: virtual time first, then the handler. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerClients } from './aws/answer-clients.ts';
import { VirtualQueues } from './aws/virtual-queues.ts';
import type { SimulationResult, TransferredError, WorkerAnswer, WorkerTask } from './simulate.ts';
import { runSimulation } from './simulation.ts';
import { importHandler } from './virtual/handler-modules.ts';
import { installVirtualTime, withVirtualTime } from './virtual/install.ts';

installVirtualTime();
const { url, options } = workerData as WorkerTask;

async function run(): Promise<SimulationResult> {
  const module = new URL(url);
  const { exportName = 'handler', seed = 1 } = options;
  // An import under virtual time reads files through the thread pool once; afterwards everything is cached.
  await importHandler(module, exportName, 'load');
  return withVirtualTime({ seed }, async (time) => {
    const queues = new VirtualQueues({ clock: time });
    answerClients(queues, module);
    const handler = ({ id }: { readonly id: number }) => importHandler(module, exportName, `${id}-${++starts}`);
    const simulation = await runSimulation(time, { ...options, handler });
    return { ...simulation, queues: queues.queues };
  });
}

let starts = 0;

function transferred(error: unknown): TransferredError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

const answer: WorkerAnswer = await run().then(
  (result) => ({ result }),
  (error: unknown) => ({ error: transferred(error) }),
);
parentPort?.postMessage(answer);
