import type { InvocationSight, LetterSight, ProcessSight, RecordSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';

/** What the sink is given, and what it answers. */
export class SinkWitness {
  readonly #context: WitnessContext;

  constructor(context: WitnessContext) {
    this.#context = context;
  }

  sent(letter: LetterSight): void {
    const { note, laws } = this.#context;
    const { record, id, reason, invocation } = letter;
    note?.(() => `record ${record.index} is sent to the sink (${reason})`);
    laws.check('sent', letter);
    record.id = id;
    record.sentIn = invocation;
  }

  acknowledged(record: RecordSight, invocation: InvocationSight | undefined): void {
    record.isAcknowledged = true;
    record.remembered = undefined;
    this.#context.note?.(() => `the sink acknowledges record ${record.index}`);
    if (invocation && record.invocation === invocation) invocation.resolved[record.position] = true;
  }

  trouble({ invocation }: ProcessSight, what: string): void {
    if (invocation) invocation.hadTrouble = true;
    this.#context.note?.(() => `the sink fails: ${what}`);
  }
}
