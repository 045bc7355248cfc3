import {
  SimulatedFunction,
  type SimulatedFunctionOptions,
  type SimulatedHandler,
  seededRandom,
  type VirtualTime,
} from '@undam/simulator/parts';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Sink } from 'undam';
import { type Load, latencies } from './concurrency-loads.ts';
import type { BenchHandler, Work } from './contenders.ts';
import { Downstream } from './downstream.ts';
import { kinesisEventJson } from './kinesis-event.ts';

/** The way in which a contender runs the records of a batch; makes a handler for each process. */
export type HandlerOf = (work: Work, sink?: Sink) => BenchHandler;

/** Listens to the records, by their position in the batch. */
export interface LoadWatch {
  started?(position: number): void;
  ended?(position: number): void;
}

/** One batch and a function for it, in virtual time. Its duration is waits alone, because code takes no virtual time. */
export class LoadUnderLambda {
  readonly downstream: Downstream;
  readonly #time: VirtualTime;
  readonly #event: string;
  readonly #lambda: SimulatedFunction;
  /** Ends the process as if it had died. */
  crash: () => void = () => {};

  constructor(time: VirtualTime, load: Load, handlerOf: HandlerOf, watch: LoadWatch) {
    this.#time = time;
    this.#event = kinesisEventJson(load.records, Math.min(load.keys, load.records));
    this.downstream = new Downstream(load);
    const work = this.#workOf(load, watch);
    const createHandler: SimulatedFunctionOptions['createHandler'] = ({ crash }) => {
      this.crash = crash;
      return handlerOf(work) as SimulatedHandler;
    };
    const settings = { timeoutMs: 900_000, memorySizeMb: 1_024, coldStartMs: 0 };
    this.#lambda = new SimulatedFunction({ settings, clock: time, random: seededRandom(1), createHandler });
  }

  #workOf(load: Load, { started, ended }: LoadWatch): Work {
    const ms = latencies(load);
    const { Records } = this.#newEvent();
    const positions = new Map(Records.map(({ kinesis }, position) => [kinesis.sequenceNumber, position]));
    return async ({ kinesis }) => {
      const position = positions.get(kinesis.sequenceNumber)!;
      started?.(position);
      await this.downstream.call(ms[position]!);
      ended?.(position);
    };
  }

  #newEvent(): KinesisStreamEvent {
    return JSON.parse(this.#event) as KinesisStreamEvent;
  }

  /** Delivers the batch once, and answers its end. */
  async deliver(): Promise<'all done' | 'died'> {
    const answering = this.#lambda.invoke(this.#newEvent());
    await this.#time.runUntil(answering);
    const result = await answering;
    if (result.kind === 'function-error') return 'died';
    const answer = JSON.stringify(result);
    if (answer !== allDone) throw new Error(`expected every record to be done, got ${answer}`);
    return 'all done';
  }

  /** The sum over all deliveries. */
  get billedMs(): number {
    return Math.round(this.#lambda.cost.gbSeconds * 1_000);
  }
}

const allDone = JSON.stringify({ kind: 'response', payload: { batchItemFailures: [] } });
