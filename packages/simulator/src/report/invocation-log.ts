import type { FunctionObserver } from '../lambda/simulated-function.ts';
import type { SimulatedRecord } from '../stream/simulated-stream.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import type { InvocationReport } from './result.ts';

/** The invocations of a run. */
export class InvocationLog {
  /** Those that have ended, in the order of their ends. */
  readonly ended: InvocationReport[] = [];
  throttles = 0;
  readonly #clock: SimulatedClock;
  /** By the sequence number of the first record of a batch: the event of a DynamoDB stream does not name its shard. */
  readonly #shardIds = new Map<string, string>();
  readonly #started = new Map<string, Pick<InvocationReport, 'startedMs' | 'shardId' | 'records'>>();

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  invoking(shardId: string, [first]: readonly SimulatedRecord[]): void {
    if (first !== undefined) this.#shardIds.set(first.sequenceNumber, shardId);
  }

  readonly observer: FunctionObserver = {
    throttled: () => {
      this.throttles++;
    },
    invocationStarted: (requestId, _, event) => {
      const [first] = event.Records as {
        kinesis?: { sequenceNumber: string };
        dynamodb?: { SequenceNumber: string };
      }[];
      const sequenceNumber = first?.kinesis?.sequenceNumber ?? first?.dynamodb?.SequenceNumber ?? '';
      const shardId = event.shardId ?? this.#shardIds.get(sequenceNumber) ?? '';
      this.#started.set(requestId, { startedMs: this.#clock.now(), shardId, records: event.Records.length });
    },
    invocationEnded: (requestId, environment, end, error) => {
      const started = this.#started.get(requestId)!;
      this.#started.delete(requestId);
      this.ended.push({
        requestId,
        environment,
        ...started,
        endedMs: this.#clock.now(),
        end,
        ...(error && { error }),
      });
    },
  };
}
