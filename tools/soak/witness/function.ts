import type { Fence, InvocationEnd } from '@undam/simulator/parts';
import { invocationSight } from '../sights/new-sights.ts';
import { reportedIn, reportText, shown } from '../sights/response-sight.ts';
import type { InvocationSight, MemorySight, ProcessSight, RecordSight } from '../sights/sights.ts';
import { dropHolds } from './charging.ts';
import type { WitnessContext } from './context.ts';
import { chargeEquals, chargeLoneDeath, claimEnded } from './deaths.ts';
import { forgetInOtherPart } from './equal-records.ts';
import { closeRecord, endingOf } from './invocation-end.ts';
import type { LedgerWitness } from './ledger.ts';

/** The processes of the function and their invocations. */
export class FunctionWitness {
  /** Records delivered to the function, repeats included. */
  deliveries = 0;
  invocations = 0;
  /** The mapping did not learn of a response. */
  hasLostResults = false;
  readonly #context: WitnessContext;
  readonly #ledger: LedgerWitness;
  readonly #records: readonly RecordSight[];
  readonly #processes = new Map<number, ProcessSight>();
  /** By environment. */
  readonly #running = new Map<number, InvocationSight>();
  /** The one that ended last, by environment. */
  readonly #lastIn = new Map<number, InvocationSight>();
  #processCount = 0;

  constructor(context: WitnessContext, ledger: LedgerWitness, records: readonly RecordSight[]) {
    this.#context = context;
    this.#ledger = ledger;
    this.#records = records;
  }

  /** @param marks the memory that outlives its death, if any */
  processStarted(environment: number, fence: Fence, memory: MemorySight, marks?: MemorySight): ProcessSight {
    const number = ++this.#processCount;
    const process: ProcessSight = {
      number,
      environment,
      fence,
      memory,
      marks,
      invocation: undefined,
      killer: undefined,
      inFlight: new Set(),
    };
    this.#processes.set(environment, process);
    this.#context.note?.(() => `process ${number} starts in environment ${environment}`);
    return process;
  }

  invoked(environment: number, batch: readonly RecordSight[]): void {
    const { scenario, around, note } = this.#context;
    const process = this.#processes.get(environment)!;
    const from = around.now();
    const invocation = invocationSight({
      number: this.invocations++,
      process,
      batch,
      from,
      deadline: from + scenario.timeoutMs,
      standStills: around.standStills(),
      order: scenario.guard.order,
    });
    process.invocation = invocation;
    this.#running.set(environment, invocation);
    this.deliveries += batch.length;
    for (const [position, record] of batch.entries()) {
      record.invocation = invocation;
      record.position = position;
      forgetInOtherPart(record, batch);
      record.rememberedBefore = record.remembered;
    }
    note?.(() => `invocation ${invocation.number} in process ${process.number}: ${shown(batch)}`);
  }

  /** A record is about to end the process. */
  kills(record: RecordSight, process: ProcessSight): void {
    process.killer = record;
  }

  /** The process is about to die behind its answer. */
  diesBehind({ invocation }: ProcessSight, answer: unknown): void {
    if (!invocation) return;
    const reported = reportedIn(answer, invocation.batch);
    const first = reported.indexOf(true);
    invocation.lostAt = first < 0 ? reported.length : first;
    this.#context.note?.(() => `invocation ${invocation.number} has its answer, and its process dies`);
  }

  answered(environment: number, end: InvocationEnd): void {
    const { around, scenario, laws, note } = this.#context;
    const invocation = this.#running.get(environment)!;
    this.#running.delete(environment);
    this.#lastIn.set(environment, invocation);
    invocation.to = around.now();
    if (end === 'response') invocation.reported = reportedIn(invocation.payload, invocation.batch);
    note?.(() => `invocation ${invocation.number} ends: ${end}${reportText(invocation, end)}`);
    const ending = endingOf(invocation, end, around.stoodStillUntil(), scenario);
    if (invocation.remembering === 'under way') this.#ledger.writeTrouble(invocation.process);
    if (!invocation.knows) invocation.hadTrouble = true;
    this.#charge(invocation, end, ending.hasDied);
    laws.check('answered', Object.assign(invocation, { end }));
    if (!invocation.mayHold) dropHolds(invocation);
    for (const record of invocation.batch) closeRecord(record, invocation, ending, this.#context);
    invocation.process.invocation = undefined;
  }

  #charge(invocation: InvocationSight, end: InvocationEnd, hasDied: boolean): void {
    const { scenario } = this.#context;
    const { lostAt, batch, process, reported } = invocation;
    // Handlers that still ran behind the answer did not run alone: their invocation had ended.
    const charged = hasDied && lostAt === undefined ? chargeLoneDeath(process) : undefined;
    if (scenario.guard.claims) claimEnded(invocation, hasDied, charged);
    if (lostAt !== undefined) chargeEquals(batch.slice(0, lostAt), scenario);
    // Its process may be gone when an equal record comes.
    else if (end === 'response' && batch.some(({ equals }) => equals.length > 1))
      chargeEquals(
        batch.filter((_, position) => !reported[position]),
        scenario,
      );
  }

  /** The mapping did not learn of a response: it delivers records again that may be forgotten by now. */
  resultLost(environment: number): void {
    this.hasLostResults = true;
    const lost = this.#lastIn.get(environment);
    for (const record of lost?.batch ?? []) if (record.invocation === lost) record.lostIn.push(lost!);
    // Its process may have died since.
    if (lost?.end === 'response')
      chargeEquals(
        lost.batch.filter((_, position) => !lost.reported[position]),
        this.#context.scenario,
      );
    for (const record of this.#records) {
      record.diedIn = undefined;
      record.passedIn = undefined;
      record.doneIn = undefined;
      record.sentIn = undefined;
      record.held = undefined;
      record.blocked = undefined;
    }
  }
}
