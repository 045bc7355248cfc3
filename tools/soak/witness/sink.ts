import type { InvocationSight, MessageSight, ProcessSight, RecordSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';

/** The messages to the sink, and its answers. */
export class SinkWitness {
  readonly #context: WitnessContext;

  constructor(context: WitnessContext) {
    this.#context = context;
  }

  sent(message: MessageSight): void {
    const { note, laws } = this.#context;
    const { record, id, reason, invocation } = message;
    note?.(() => `record ${record.index} is sent to the sink (${reason})`);
    laws.check('sent', message);
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
