import type { Batch } from './batch.ts';
import type { StreamRecord } from './source.ts';

/**
 * The records of each call of a batch handler. The first call gets the very objects that were delivered. It may leave
 * anything in them, such as parsed data in the place of text, which would fail a healthy record in the next call: later
 * calls get copies of what the first one got.
 */
export class CallRecords {
  readonly #records: readonly StreamRecord[];
  /** What is handed out is not looked at again. Two small objects for each record, long strings shared. */
  readonly #kept: readonly StreamRecord[];
  readonly #copy: (record: StreamRecord) => StreamRecord;
  #isFirst = true;

  constructor({ records, source }: Batch) {
    this.#records = records;
    this.#copy = source.copy;
    this.#kept = records.map(this.#copy);
  }

  /** For the next call. @param indexes those of the batch */
  take(indexes: readonly number[]): StreamRecord[] {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    return indexes.map((index) => (isFirst ? this.#records[index]! : this.#copy(this.#kept[index]!)));
  }
}
