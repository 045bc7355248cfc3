/**
 * What a process of its own does with a file ledger: `node file-process.fixture.ts PLAN`, or a worker thread whose data is
 * the plan. It says `ready` when it has come to its end, and then ends as the plan says.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { Marks, Memory } from '../../src/ledgers/ledger.ts';

export interface Plan {
  readonly folder: string;
  readonly steps: readonly Step[];
  readonly end: 'SIGKILL' | 'exit' | 'abort' | 'throw' | 'loop' | 'return';
}

/** Several invocations of one process are told apart by their shards. */
export type Step =
  | readonly ['recall', shardId: string, sequenceNumbers: readonly string[]]
  | readonly ['remember', shardId: string, memories: Readonly<Record<string, Memory>>]
  | readonly ['mark', shardId: string]
  | readonly ['started', shardId: string, sequenceNumber: string, started: number, alone: boolean]
  | readonly ['done', shardId: string, sequenceNumbers: readonly string[]]
  | readonly ['learned', shardId: string, sequenceNumber: string, memory: Memory, running: boolean]
  | readonly ['close', shardId: string];

const keyOf = (shardId: string) => ({ functionArn: 'f', eventSourceArn: 's', shardId });

const given: unknown = parentPort === null ? process.argv[2] : workerData;
if (typeof given === 'string') follow(JSON.parse(given) as Plan);

function follow({ folder, steps, end }: Plan): void {
  const ledger = fileLedger({ folder });
  const marks = new Map<string, Marks>();
  for (const step of steps) {
    const [kind, shardId] = step;
    if (kind === 'recall') ledger.recall(keyOf(shardId), step[2]);
    else if (kind === 'remember') ledger.remember(keyOf(shardId), new Map(Object.entries(step[2])));
    else if (kind === 'mark') marks.set(shardId, ledger.mark(keyOf(shardId)));
    else if (kind === 'done') marks.get(shardId)!.done(step[2]);
    else if (kind === 'learned') marks.get(shardId)!.learned(step[2], step[3], step[4]);
    else if (kind === 'close') marks.get(shardId)!.close();
    else {
      const attempts = { started: step[3], failed: 0, timedOut: 0, crashed: 0 };
      marks.get(shardId)!.started(step[2], attempts, step[4]);
    }
  }
  if (parentPort === null) writeSync(1, 'ready\n');
  else parentPort.postMessage('ready');
  if (end === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
  else if (end === 'exit') process.exit(1);
  else if (end === 'abort') process.abort();
  else if (end === 'throw') throw new Error('the handler');
  else if (end === 'loop') setInterval(() => {}, 1_000);
}
