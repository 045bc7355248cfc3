import type { RecordSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';

/** The way of the records through the stream: put, and passed by the mapping. */
export class MappingWitness {
  /** Records that were passed. */
  ended = 0;
  readonly #context: WitnessContext;
  readonly #records: readonly RecordSight[];

  constructor(context: WitnessContext, records: readonly RecordSight[]) {
    this.#context = context;
    this.#records = records;
  }

  put(index: number, sequenceNumber: string, data: () => string): void {
    const record = this.#records[index]!;
    record.sequenceNumber = sequenceNumber;
    record.data = data;
  }

  passed(record: RecordSight, end: NonNullable<RecordSight['end']>): void {
    const { note, laws } = this.#context;
    note?.(() => `record ${record.index} is ${end}`);
    if (record.end !== undefined) throw new Error(`the mapping named record ${record.index} ${record.end} and ${end}`);
    record.end = end;
    this.ended++;
    if (end === 'processed') laws.check('passed', record);
  }

  /** The run is over, and not every record has been passed. */
  left(): void {
    this.#context.laws.check('left', this.#records);
  }
}
