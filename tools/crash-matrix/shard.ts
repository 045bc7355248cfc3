import { randomUUID } from 'node:crypto';
import type { InvocationResult, MappingAction, SimulatedRecord, StreamEvent } from '@undam/simulator/parts';
import { MappingMachine, newStream } from '@undam/simulator/parts';
import { createEventSourceMapping } from 'undam/mapping';

export interface ShardSettings {
  readonly batchSize: number;
  readonly bisect: boolean;
  readonly streamArn: string;
}

/** Delivers a batch: invokes the function as the mapping would. */
export type Deliver = (records: readonly string[], event: StreamEvent) => Promise<InvocationResult>;

/**
 * One shard and its mapping with the recommended settings: no limit of retries or age. The mapping's waits take no time; its
 * deliveries are real.
 */
export class Shard {
  readonly #machine: MappingMachine<SimulatedRecord>;
  readonly #stream: ReturnType<typeof newStream>['stream'];
  readonly #cursors = new Map<string, ReturnType<Shard['open']>>();
  /** Epoch milliseconds, ahead of real time by the mapping's waits. */
  #now = Date.now();

  constructor({ batchSize, bisect, streamArn }: ShardSettings) {
    const { source, stream } = newStream({ streamArn }, { date: () => this.#now });
    const settings = {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: batchSize,
      BisectBatchOnFunctionError: bisect,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    } as const;
    const ignored = (): void => {};
    const observer = { passed: ignored, discarded: ignored };
    this.#stream = stream;
    this.#machine = new MappingMachine({
      mapping: createEventSourceMapping(settings, source, this.#now),
      source,
      observer,
      newRequestId: randomUUID,
    });
  }

  /** Answers the sequence number. */
  put(partitionKey: string, data: string): string {
    return this.#stream.put({ partitionKey, data }).sequenceNumber;
  }

  /** Delivers until everything in the shard is passed; false if that takes more than `most` deliveries. */
  async moveOn(deliver: Deliver, most: number): Promise<boolean> {
    let deliveries = 0;
    // The last records must be read before an idle mapping means that nothing is left.
    this.#now += 1_000;
    do {
      const action = this.#machine.next(this.#now);
      if (typeof action === 'number') this.#now = action;
      else if (action.kind === 'invoke' && ++deliveries > most) return false;
      else await this.#carryOut(action, deliver);
    } while (!this.#machine.isIdle);
    return true;
  }

  async #carryOut(action: MappingAction<SimulatedRecord>, deliver: Deliver): Promise<void> {
    if (action.kind === 'list-shards') action.report(await this.#stream.listShards(), this.#now);
    else if (action.kind === 'read') {
      const cursor = this.#cursors.get(action.shardId) ?? this.open(action);
      this.#cursors.set(action.shardId, cursor);
      action.report(await cursor.read(action.limit), this.#now);
    } else if (action.kind === 'invoke') {
      const sequenceNumbers = action.records.map(({ sequenceNumber }) => sequenceNumber);
      action.report(await deliver(sequenceNumbers, action.event()), this.#now);
    } else throw new Error('the mapping has given records up');
  }

  open({ shardId, position }: MappingAction<SimulatedRecord> & { kind: 'read' }) {
    return this.#stream.openShard(shardId, position);
  }
}
