import type { EventSourceMapping } from 'undam/mapping';
import type { FunctionObserver } from '../lambda/simulated-function.ts';
import type { Discard } from '../mapping/discard.ts';
import type { MappingObserver, PassedAs } from '../mapping/observer.ts';
import type { OnFailureMessage } from '../mapping/on-failure.ts';
import type { SimulatedRecord } from '../stream/simulated-stream.ts';
import { CapturedOutput } from '../virtual/captured-output.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import { InvocationLog } from './invocation-log.ts';
import { RecordFates } from './record-fates.ts';
import type { DidReport, IteratorAgeSample, Simulation } from './result.ts';

/** Keeps count of a run. */
export class RunReport implements MappingObserver<SimulatedRecord> {
  readonly onFailure: OnFailureMessage[] = [];
  readonly did: DidReport[] = [];
  readonly output: CapturedOutput = new CapturedOutput();
  destinationDeliveryFailures = 0;
  readonly functionObserver: FunctionObserver;
  readonly #clock: SimulatedClock;
  readonly #fates: RecordFates;
  readonly #invocations: InvocationLog;
  readonly #samples: IteratorAgeSample[] = [];

  /** @param hasWindows the mapping has tumbling windows */
  constructor(clock: SimulatedClock, retentionMs: number, hasWindows: boolean) {
    this.#clock = clock;
    this.#fates = new RecordFates(clock, retentionMs, hasWindows);
    this.#invocations = new InvocationLog(clock);
    this.functionObserver = this.#invocations.observer;
  }

  put(record: SimulatedRecord): void {
    this.#fates.put(record);
  }

  tookApart(aggregate: SimulatedRecord, userRecords: readonly SimulatedRecord[]): void {
    this.#fates.tookApart(aggregate, userRecords);
  }

  readonly invoking = (shardId: string, records: readonly SimulatedRecord[]): void => {
    this.#invocations.invoking(shardId, records);
    this.#fates.delivered(records);
  };

  passed(records: readonly SimulatedRecord[], as: PassedAs | 'before-start'): void {
    this.#fates.passed(records, as);
  }

  windowEnded(records: readonly SimulatedRecord[], how: 'finalised' | 'given-up'): void {
    this.#fates.windowEnded(records, how);
  }

  discarded(discard: Discard<SimulatedRecord>): void {
    this.#fates.discarded(discard);
  }

  sample(): void {
    this.#samples.push(...this.#fates.samples());
  }

  end(mapping: EventSourceMapping, cost: Simulation['cost'], isComplete: boolean): Simulation {
    return {
      mapping,
      isComplete,
      records: this.#fates.reports(),
      invocations: this.#invocations.ended,
      throttles: this.#invocations.throttles,
      onFailure: this.onFailure,
      destinationDeliveryFailures: this.destinationDeliveryFailures,
      iteratorAge: this.#samples,
      did: this.did,
      logs: this.output.pieces,
      cost,
      endedMs: this.#clock.now(),
    };
  }
}
