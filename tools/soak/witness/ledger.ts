import type { Memories } from 'undam';
import type { InvocationSight, ProcessSight } from '../sights/sights.ts';
import type { WitnessContext } from './context.ts';
import { forget } from './equal-records.ts';

/** The recalls and writes of the ledgers. */
export class LedgerWitness {
  /** An invocation has not heard all that was known. */
  hasFailedToRecall = false;
  readonly #context: WitnessContext;

  constructor(context: WitnessContext) {
    this.#context = context;
  }

  /** From here on the invocation knows nothing, until its ledger has answered. */
  recalling(invocation: InvocationSight | undefined): void {
    if (invocation) invocation.knows = false;
  }

  /**
   * The ledger has answered. Once a record has started, the engine waits for it no longer.
   *
   * @param ids by which the engine has asked, in batch order
   * @param knows the answer is complete
   */
  recalled(invocation: InvocationSight | undefined, ids: readonly string[], memories: Memories, knows: boolean): void {
    if (!invocation) return;
    if (invocation.started.size > 0 || invocation.end !== undefined) {
      this.recallTrouble(invocation);
      return;
    }
    invocation.knows = knows;
    const mayDoubt = this.#mayDoubt(invocation, ids, memories);
    doubtAnswers(invocation, mayDoubt);
    for (const [position, record] of invocation.batch.entries()) {
      const memory = memories.get(ids[position]!);
      if (!memory) continue;
      const { index } = record;
      const { state, suspect } = memory;
      invocation.recalled[position] = state;
      if (state === 'done' || state === 'quarantined') invocation.resolved[position] = true;
      if (position < invocation.headSize && (mayDoubt || record.equals.length > 1)) doubt(invocation, position);
      this.#context.note?.(() => `recall names record ${index} ${state}${suspect ? `, to run ${suspect}` : ''}`);
    }
  }

  /** Whether the memory of the first unit may be of equal records. */
  #mayDoubt(invocation: InvocationSight, ids: readonly string[], memories: Memories): boolean {
    return this.#context.scenario.stream === 'kinesis-fan-out' && !hasRunBehind(invocation, ids, memories);
  }

  /** This invocation knows nothing, or too little. Writes of others to the same records stay. */
  recallTrouble(invocation: InvocationSight | undefined): void {
    this.hasFailedToRecall = true;
    if (!invocation) return;
    invocation.knows = false;
    invocation.hadTrouble = true;
    this.#context.note?.(() => `the ledger does not answer invocation ${invocation.number} with what is known`);
  }

  remembering(invocation: InvocationSight | undefined, how: InvocationSight['remembering']): void {
    if (invocation) invocation.remembering = how;
  }

  writeTrouble(process: ProcessSight): void {
    const { memory, marks, invocation } = process;
    memory.troubles++;
    if (marks !== undefined && marks !== memory) marks.troubles++;
    if (invocation) invocation.hadTrouble = true;
    this.#context.note?.(() => 'the ledger fails to write');
  }

  marksTrouble(process: ProcessSight): void {
    this.writeTrouble(process);
    if (process.invocation) process.invocation.marksFailed = true;
    this.#context.note?.(() => 'the marks fail');
  }
}

/** Whether recall names a record behind the first unit of the batch that has run: then that unit is delivered again. */
function hasRunBehind({ headSize }: InvocationSight, ids: readonly string[], memories: Memories): boolean {
  return ids.slice(headSize).some((id) => {
    const memory = memories.get(id);
    return memory !== undefined && (memory.state !== 'open' || memory.attempts.started > 0);
  });
}

/** An answer that was lost is no promise for records of the first unit. */
function doubtAnswers({ batch, headSize }: InvocationSight, mayDoubt: boolean): void {
  for (const record of batch.slice(0, headSize)) if (mayDoubt || record.equals.length > 1) record.passedIn = undefined;
}

/** A record that recall names as resolved may be an equal one of the unit, which is passed by now: this one may run, and need not. */
function doubt({ batch, recalled }: InvocationSight, position: number): void {
  const record = batch[position]!;
  if (recalled[position] === 'open' || recalled[position] === 'pending') return;
  recalled[position] = undefined;
  forget(record);
}
