import {
  MappingDriver,
  MappingMachine,
  type MappingObserver,
  type SimulatedFunction,
  type SimulatedRecord,
} from '@undam/simulator/parts';
import { createEventSourceMapping } from 'undam/mapping';
import type { RecordSight } from '../sights/sights.ts';
import type { PlannedStream } from './planned-stream.ts';
import type { RunContext } from './run-context.ts';

/** The event source mapping of a run: it reads the stream, invokes the function, and says which records it has passed. */
export class PlannedMapping {
  readonly #run: RunContext;
  readonly #records: PlannedStream;
  #machine: MappingMachine<SimulatedRecord> | undefined;

  constructor(run: RunContext, records: PlannedStream) {
    this.#run = run;
    this.#records = records;
  }

  get isIdle(): boolean {
    return this.#machine?.isIdle === true;
  }

  /** @param invoked makes the function */
  start(invoked: () => SimulatedFunction): void {
    const { time, scenario } = this.#run;
    const { source, stream } = this.#records;
    const mapping = createEventSourceMapping(
      { ...scenario.mapping, StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'] },
      { kind: source.kind, streamArn: source.streamArn },
      time.date(),
    );
    let requests = 0;
    this.#machine = new MappingMachine({
      mapping,
      source,
      observer: this.#observer(),
      newRequestId: () => `request ${++requests}`,
    });
    const driver = new MappingDriver({ machine: this.#machine, reader: stream, invoker: invoked(), clock: time });
    driver.start();
  }

  #observer(): MappingObserver<SimulatedRecord> {
    const { faults } = this.#run;
    const indexes = (records: readonly SimulatedRecord[]): number[] =>
      records.map((record) => this.#records.indexOf(record));
    return {
      passed: (records, as) => {
        if (as === 'expired' && !faults.healed) faults.count('expired-prefix');
        this.passed(indexes(records), as === 'expired' ? 'expired' : 'processed');
      },
      discarded: ({ records }) => this.passed(indexes(records), 'discarded'),
    };
  }

  /** @param indexes of planned records */
  passed(indexes: readonly number[], end: NonNullable<RecordSight['end']>): void {
    const { witness } = this.#run;
    for (const index of indexes) witness.mapping.passed(witness.records[index]!, end);
    if (witness.mapping.ended === witness.records.length) this.#run.end();
  }
}
