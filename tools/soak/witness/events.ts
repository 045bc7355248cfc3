import { shown } from '../sights/response-sight.ts';
import type { ProcessSight, RecordSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';
import type { LedgerWitness } from './ledger.ts';

/** The events of the engine that tell of records. */
export class EventWitness {
  readonly #context: WitnessContext;
  readonly #ledger: LedgerWitness;

  constructor(context: WitnessContext, ledger: LedgerWitness) {
    this.#context = context;
    this.#ledger = ledger;
  }

  /** An answer had passed these, and was lost. */
  toldOfLoss(records: readonly RecordSight[], isCertain: boolean): void {
    const { note, laws } = this.#context;
    note?.(() => `an answer was ${isCertain ? 'lost' : 'perhaps lost'} that had passed ${shown(records)}`);
    for (const record of records) laws.check('toldOfLoss', { record, isCertain });
  }

  /** The mapping has moved past these, all of one number. */
  toldOfPassed(records: readonly RecordSight[], { memory, invocation }: ProcessSight): void {
    const { note, laws } = this.#context;
    note?.(() => `the mapping is said to have moved past ${shown(records)}`);
    // An invocation that knew nothing may have passed them, and has not forgotten them.
    if (memory.troubles === 0 && !this.#ledger.hasFailedToRecall && invocation?.knows)
      laws.check('toldOfPassed', records);
  }
}
