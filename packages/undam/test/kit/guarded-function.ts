import middy from '@middy/core';
import type { RecordAttempt } from '../../src/engine/run/records/record-attempt.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { PartialBatchOptions, QuarantineOptions, TimeBudgetOptions } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { StoringSink } from './storing-sink.ts';
import { kinesisEvent } from './stream.ts';
import { type Ending, VirtualLambda } from './virtual-lambda.ts';

export type Handle = (record: KinesisStreamRecord, attempt: RecordAttempt<unknown>) => unknown;

export interface FunctionOptions extends Omit<PartialBatchOptions, 'reports'> {
  readonly order?: 'key' | 'shard' | 'none';
  readonly concurrency?: number;
  readonly decode?: (record: KinesisStreamRecord) => unknown;
  readonly quarantine?: Omit<QuarantineOptions, 'sink'>;
  /** `false` leaves `timeBudget()` out. */
  readonly timeBudget?: TimeBudgetOptions | false;
  readonly sink?: Sink;
  readonly timeoutMs?: number;
}

/** A function of `eachRecord()` under all three middlewares, in virtual time; `N` is 2 and retries wait for redelivery. */
export class GuardedFunction {
  readonly lambda = new VirtualLambda();
  readonly sink = new StoringSink();
  readonly events: UndamEvent[] = [];
  /** The sequence numbers of the handler's starts. */
  readonly starts: string[] = [];
  readonly chain: (event: never, context: never) => unknown;
  readonly #timeoutMs: number;

  constructor(handle: Handle, options: FunctionOptions = {}) {
    const {
      order,
      concurrency,
      decode,
      quarantine,
      timeBudget,
      sink = this.sink,
      timeoutMs = 5_000,
      ...rest
    } = options;
    const { lambda, events, starts } = this;
    this.#timeoutMs = timeoutMs;
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ observe: (event) => void events.push(event), ...rest }))
      .use(lambda.middlewares.quarantine({ sink, attempts: 2, retry: 'redelivery', ...quarantine }));
    if (timeBudget !== false) chain.use(lambda.middlewares.timeBudget(timeBudget));
    const started: Handle = (record, attempt) => {
      starts.push(record.kinesis.sequenceNumber);
      return handle(record, attempt);
    };
    const handling = { ...(order && { order }), ...(concurrency && { concurrency }) };
    this.chain = chain.handler(
      decode ? eachRecord(started, { ...handling, decode }) : eachRecord(started, handling),
    ) as unknown as GuardedFunction['chain'];
  }

  deliver(...sequenceNumbers: readonly string[]): Promise<Ending> {
    return this.deliverEvent(kinesisEvent(...sequenceNumbers));
  }

  deliverEvent(event: unknown): Promise<Ending> {
    return this.lambda.invoke(this.chain, event, this.lambda.context(this.#timeoutMs));
  }

  /** The starts since this was last asked. */
  takeStarts(): string[] {
    return this.starts.splice(0);
  }
}
