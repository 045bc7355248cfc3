import { runSimulation, type SimulatedHandler, withVirtualTime } from '@undam/simulator/parts';
import type { Sink } from 'undam';
import { latencies, loads } from './concurrency-loads.ts';
import type { Work } from './contenders.ts';
import { Downstream, type DownstreamLimits } from './downstream.ts';
import type { HandlerOf } from './load-under-lambda.ts';

export interface FleetLimits extends DownstreamLimits {
  readonly shards: number;
  readonly parallelizationFactor: number;
}

export interface FleetFigures {
  readonly records: number;
  readonly maxAtOnce: number;
  readonly refused: number;
  /** No record is bad. */
  readonly quarantined: number;
}

/** More records than run at once. */
const batchSize = 120;

/** Every shard of a stream with a backlog, in front of one downstream. */
export async function runFleet(limits: FleetLimits, handlerOf: HandlerOf): Promise<FleetFigures> {
  const { shards, parallelizationFactor } = limits;
  const records = shards * parallelizationFactor * batchSize;
  const ms = latencies({ ...loads.medium, records });
  const downstream = new Downstream(limits);
  let quarantined = 0;
  const sink: Sink = {
    send: async (envelopes) => {
      quarantined += envelopes.length;
      return envelopes.map(() => ({ accepted: true }));
    },
  };
  const work: Work = ({ kinesis }) => downstream.call(ms[Number(kinesis.partitionKey)]!);
  await withVirtualTime({}, (time) =>
    runSimulation(time, {
      createHandler: () => handlerOf(work, sink) as SimulatedHandler,
      records: Array.from({ length: records }, (_, n) => ({ put: { partitionKey: String(n), data: '{}' } })),
      stream: { shards },
      mapping: {
        BatchSize: batchSize,
        ParallelizationFactor: parallelizationFactor,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
      function: { timeoutMs: 900_000 },
    }),
  );
  const { maxAtOnce, refused } = downstream;
  return { records, maxAtOnce, refused, quarantined };
}
