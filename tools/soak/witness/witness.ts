import type { Fence, InvocationEnd } from '@undam/simulator/parts';
import type { Memories } from 'undam';
import { chargesOf, mayBeCharged, mayBeHeld, mustBeCharged, wasInTime } from '../laws/charges.ts';
import type { Surroundings } from '../laws/law.ts';
import { Tribunal } from '../laws/tribunal.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { invocationSight, recordSight } from '../sights/new-sights.ts';
import { reportedIn, reportText, shown } from '../sights/response-sight.ts';
import type {
  AttemptSight,
  Blocked,
  How,
  InvocationSight,
  LetterSight,
  MemorySight,
  ProcessSight,
  RecordSight,
  StartSight,
} from '../sights/sights.ts';

/** Of each stand-still of the event loop, less than one beat and a timer's own lateness can go unseen. */
const beat = { mostMs: 50, leastMs: 5, share: 0.1, latenessMs: 5 };

/** What was done so long before the death of an invocation, at most, may wait to be marked, however much it is; timers have whole ms. */
const recentMs = 6;

export type Note = (text: () => string) => void;

/** Keeps what handler, sink and mapping see, and puts it before the laws. Costs O(1) for each thing seen. */
export class Witness {
  readonly records: RecordSight[];
  readonly tribunal: Tribunal;
  /** Records delivered to the function, repeats included. */
  deliveries = 0;
  invocations = 0;
  ended = 0;
  readonly #scenario: Scenario;
  readonly #around: Surroundings;
  readonly #note: Note | undefined;
  readonly #processes = new Map<number, ProcessSight>();
  /** By environment. */
  readonly #running = new Map<number, InvocationSight>();
  /** The one that ended last, by environment. */
  readonly #lastIn = new Map<number, InvocationSight>();
  /** By what the decoder gave. */
  readonly #decoded = new WeakMap<object, StartSight>();
  #processCount = 0;
  #stoodStillMs = 0;
  #standStills = 0;
  #stoodStillUntil = -Infinity;
  #hasLostResults = false;
  #recallsFailed = false;
  readonly #unseenMs: number;

  constructor(scenario: Scenario, now: () => number, broken: () => void, note: Note | undefined) {
    this.#scenario = scenario;
    this.#note = note;
    const { guard } = scenario;
    const recordMs = guard.recordMs || Infinity;
    this.#unseenMs = Math.min(beat.mostMs, Math.max(beat.leastMs, recordMs * beat.share)) + beat.latenessMs;
    this.#around = {
      guard,
      now,
      stoodStillMs: () => this.#stoodStillMs,
      standStills: () => this.#standStills,
      stoodStillUntil: () => this.#stoodStillUntil,
    };
    this.tribunal = new Tribunal(this.#around, broken);
    this.records = scenario.records.map(recordSight);
    knowEquals(this.records);
  }

  put(index: number, sequenceNumber: string, data: () => string): void {
    const record = this.records[index]!;
    record.sequenceNumber = sequenceNumber;
    record.data = data;
  }

  /** @param marks where it leaves what outlives its death, if anywhere */
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
    this.#note?.(() => `process ${number} starts in environment ${environment}`);
    return process;
  }

  stoodStill(ms: number): void {
    this.#standStills++;
    this.#stoodStillUntil = this.#around.now();
    this.#stoodStillMs += Math.max(0, ms - this.#unseenMs);
    this.#note?.(() => `the event loop stands still for ${ms} ms`);
  }

  invoked(environment: number, batch: readonly RecordSight[]): void {
    const process = this.#processes.get(environment)!;
    const { now } = this.#around;
    const from = now();
    const invocation = invocationSight({
      number: this.invocations++,
      process,
      batch,
      from,
      deadline: from + this.#scenario.timeoutMs,
      standStills: this.#standStills,
      order: this.#scenario.guard.order,
    });
    process.invocation = invocation;
    this.#running.set(environment, invocation);
    this.deliveries += batch.length;
    for (const [position, record] of batch.entries()) {
      record.invocation = invocation;
      record.position = position;
      forgetTwin(record, batch);
      record.rememberedBefore = record.remembered;
    }
    this.#note?.(() => `invocation ${invocation.number} in process ${process.number}: ${shown(batch)}`);
  }

  /** An attempt on a record begins in its decoder. */
  decoding(record: RecordSight, process: ProcessSight): StartSight {
    const start = this.#started(record, process, 1);
    record.inDecoder = start;
    return start;
  }

  /** The decoder has given its value: the handler is called now, or the attempt is over. */
  decoded(start: StartSight, value: object): void {
    start.decoded = value;
    this.#decoded.set(value, start);
    this.#note?.(() => `record ${start.record.index} of invocation ${start.invocation.number} is decoded`);
  }

  /** The handler is called with a record: here an attempt begins that has not begun in a decoder. */
  called(record: RecordSight, process: ProcessSight, told: AttemptSight, together = 1): StartSight {
    const start = this.#decodedFor(record, told) ?? record.inDecoder ?? this.#started(record, process, together);
    if (record.inDecoder === start) record.inDecoder = undefined;
    start.isCalled = true;
    this.#note?.(() => `the handler gets record ${record.index} as attempt ${told.number}`);
    this.tribunal.judge('called', { start, told });
    return start;
  }

  /** The start that is to come to the handler with this value, however late. */
  #decodedFor(record: RecordSight, { decoded }: AttemptSight): StartSight | undefined {
    const start = this.#decoded.get(decoded as object);
    return start?.record === record && !start.isCalled ? start : undefined;
  }

  #started(record: RecordSight, process: ProcessSight, together: number): StartSight {
    const invocation = process.invocation ?? record.invocation!;
    const { now } = this.#around;
    const { position } = record;
    const start: StartSight = {
      record,
      invocation,
      position,
      at: now(),
      remembered: record.remembered,
      chargesBefore: chargesOf(record, this.#around),
      decoded: undefined,
      isCalled: false,
      stoodStillMs: this.#stoodStillMs,
      standStills: this.#standStills,
      ledgerTroubles: process.memory.troubles,
      isCompared: invocation.hasSucceeded,
      together,
      ended: undefined,
    };
    this.#note?.(() => `record ${record.index} starts in invocation ${invocation.number}`);
    const { diedIn } = record;
    if (diedIn && invocation.knows && diedIn.process.memory === invocation.process.memory) {
      diedIn.repeats++;
      // Nothing is marked while the event loop stands still, but before a start.
      const until = this.#stoodStillUntil >= record.doneAt ? diedIn.lastStartAt : diedIn.to;
      diedIn.hasOldRepeat ||= record.doneAt < until - recentMs;
    }
    this.tribunal.judge('started', start);
    invocation.resolved[position] = false;
    record.diedIn = undefined;
    record.starts++;
    invocation.lastStartAt = now();
    invocation.started.add(record);
    record.open.push(start);
    invocation.running[position] = true;
    invocation.inFlight.push(start);
    process.inFlight.add(start);
    if (position < invocation.headSize) invocation.startsOnHead.push(start);
    return start;
  }

  /** The handler of a start hears that it is to stop. */
  aborted(start: StartSight): void {
    if (start.invocation.process.fence.ended) return;
    this.#note?.(() => `record ${start.record.index} of invocation ${start.invocation.number} is told to stop`);
    this.tribunal.judge('aborted', start);
  }

  /** The handler's own work on a record ended; nothing that a dead process does counts. */
  finished(start: StartSight, how: How): void {
    const { record, invocation } = start;
    if (invocation.process.fence.ended) return;
    const at = this.#around.now();
    start.ended = { at, how, stoodStillMs: this.#stoodStillMs, standStills: this.#standStills };
    this.#note?.(() => `record ${record.index} of invocation ${invocation.number} ends: ${how}`);
    invocation.running[start.position] = false;
    invocation.process.inFlight.delete(start);
    if (record.inDecoder === start) record.inDecoder = undefined;
    record.wasPermanent ||= how === 'permanent';
    record.wasUndecodable ||= how === 'undecodable';
    if (how === 'ok') this.#done(start);
    // What a call of several has named by one number is charged to none of them: each is called alone next.
    else if (how === 'outage' || how === 'unnamed') invocation.headMoved ||= start.position < invocation.headSize;
    // One that outlives its invocation was judged at its end.
    const place = record.open.indexOf(start);
    if (place >= 0) this.#settleStart(start, place);
  }

  /** A call of a handler that fails as a whole threw. */
  callThrew(starts: readonly StartSight[], how: How): void {
    const [first] = starts;
    if (first === undefined) return;
    const { invocation } = first;
    if (how === 'outage') invocation.mayHold = true;
    if (invocation.hasSucceeded) return;
    if (invocation.loneThrew) invocation.mayHold = true;
    if (starts.length === 1) invocation.loneThrew = true;
  }

  /** A call has ended: nothing of it runs any more, whether or not the handler came to it. */
  callEnded(starts: readonly StartSight[]): void {
    for (const start of starts) start.invocation.process.inFlight.delete(start);
  }

  sent(letter: LetterSight): void {
    const { record, id, reason, invocation } = letter;
    this.#note?.(() => `record ${record.index} is sent to the sink (${reason})`);
    this.tribunal.judge('sent', letter);
    record.id = id;
    record.sentIn = invocation;
  }

  acknowledged(record: RecordSight, invocation: InvocationSight | undefined): void {
    record.isAcknowledged = true;
    record.remembered = undefined;
    this.#note?.(() => `the sink acknowledges record ${record.index}`);
    if (invocation && record.invocation === invocation) invocation.resolved[record.position] = true;
  }

  /** From here on the invocation knows nothing, until its ledger has answered. */
  recalling(invocation: InvocationSight | undefined): void {
    if (invocation) invocation.knows = false;
  }

  /**
   * What the ledger answered. Once a record has started, the engine waits for it no longer.
   *
   * @param ids by which the engine has asked, in batch order
   * @param knows it is all that there is to be known
   */
  recalled(invocation: InvocationSight | undefined, ids: readonly string[], memories: Memories, knows: boolean): void {
    if (!invocation) return;
    if (invocation.started.size > 0 || invocation.end !== undefined) {
      this.recallTrouble(invocation);
      return;
    }
    invocation.knows = knows;
    this.#doubtAnswers(invocation, ids, memories);
    if (memories.size === 0) return;
    const mayDoubt = this.#mayDoubt(invocation, ids, memories);
    for (const [position, record] of invocation.batch.entries()) {
      const memory = memories.get(ids[position]!);
      if (!memory) continue;
      const { index } = record;
      const { state, suspect } = memory;
      invocation.recalled[position] = state;
      if (state === 'done' || state === 'quarantined') invocation.resolved[position] = true;
      if (position < invocation.headSize && (mayDoubt || record.equals.length > 1)) doubt(invocation, position);
      this.#note?.(() => `recall names record ${index} ${state}${suspect ? `, to run ${suspect}` : ''}`);
    }
  }

  /** Whether what is known of the unit that is first may be said of equal records. */
  #mayDoubt(invocation: InvocationSight, ids: readonly string[], memories: Memories): boolean {
    return this.#scenario.stream === 'kinesis-fan-out' && !hasRunBehind(invocation, ids, memories);
  }

  /** An answer that was lost is no promise for these. */
  #doubtAnswers(invocation: InvocationSight, ids: readonly string[], memories: Memories): void {
    const mayDoubt = this.#mayDoubt(invocation, ids, memories);
    for (const record of invocation.batch.slice(0, invocation.headSize))
      if (mayDoubt || record.equals.length > 1) record.passedIn = undefined;
  }

  /** This invocation knows nothing, or too little. What others write of the same records stands. */
  recallTrouble(invocation: InvocationSight | undefined): void {
    this.#recallsFailed = true;
    if (!invocation) return;
    invocation.knows = false;
    invocation.hadTrouble = true;
    this.#note?.(() => `the ledger does not answer invocation ${invocation.number} with what is known`);
  }

  remembering(invocation: InvocationSight | undefined, how: InvocationSight['remembering']): void {
    if (invocation) invocation.remembering = how;
  }

  /** A record is about to end the process. */
  kills(record: RecordSight, process: ProcessSight): void {
    process.killer = record;
  }

  sinkTrouble({ invocation }: ProcessSight, what: string): void {
    if (invocation) invocation.hadTrouble = true;
    this.#note?.(() => `the sink fails: ${what}`);
  }

  ledgerTrouble(process: ProcessSight): void {
    const { memory, marks, invocation } = process;
    memory.troubles++;
    if (marks !== undefined && marks !== memory) marks.troubles++;
    if (invocation) invocation.hadTrouble = true;
    this.#note?.(() => 'the ledger fails to write');
  }

  marksTrouble(process: ProcessSight): void {
    this.ledgerTrouble(process);
    if (process.invocation) process.invocation.marksFailed = true;
    this.#note?.(() => 'the marks fail');
  }

  answered(environment: number, end: InvocationEnd): void {
    const invocation = this.#running.get(environment)!;
    this.#running.delete(environment);
    this.#lastIn.set(environment, invocation);
    invocation.to = this.#around.now();
    if (end === 'response') invocation.reported = reportedIn(invocation.payload, invocation.batch);
    this.#note?.(() => `invocation ${invocation.number} ends: ${end}${reportText(invocation, end)}`);
    const hasDied = end === 'crashed' || end === 'timed-out';
    // What keeps the event loop still until behind the deadline answers before Lambda ends it: its marks are closed, and
    // what it has passed is forgotten, although the answer comes too late.
    const { lostAt } = invocation;
    const mayHaveAnswered =
      end === 'response' || lostAt !== undefined || (hasDied && this.#stoodStillUntil >= invocation.deadline);
    const mayBeLost = hasDied && (mayHaveAnswered || invocation.remembering !== 'not yet');
    const leavesMarks = hasDied && !invocation.marksFailed && !mayHaveAnswered;
    if (invocation.remembering === 'under way') this.ledgerTrouble(invocation.process);
    if (!invocation.knows) invocation.hadTrouble = true;
    // What still ran did not run alone: its invocation had ended.
    const charged = hasDied && lostAt === undefined ? this.#died(invocation.process) : undefined;
    if (this.#scenario.guard.claims) this.#claimEnded(invocation, hasDied, charged);
    if (lostAt !== undefined) this.#chargeEqual(invocation.batch.slice(0, lostAt));
    // Its process may be gone when an equal record comes.
    else if (end === 'response' && invocation.batch.some(({ equals }) => equals.length > 1))
      this.#chargeEqual(invocation.batch.filter((_, position) => !invocation.reported[position]));
    this.tribunal.judge('answered', Object.assign(invocation, { end }));
    if (!invocation.mayHold) this.#heldNothing(invocation);
    const last = invocation.batch.at(-1);
    for (const record of invocation.batch) {
      if (leavesMarks && record.doneIn === invocation) record.diedIn = invocation;
      const isPassed = lostAt !== undefined && record.position < lostAt;
      const isKept = isPassed && this.#keepsAnswers(invocation);
      if (end !== 'response' && (lostAt === undefined || isPassed)) record.doneIn = undefined;
      if (isKept) record.passedIn = invocation;
      // The next batch may begin with an equal record: the ledger need not remember this one as done.
      if (record.isCutOtherwise && record.sequenceNumber === last?.sequenceNumber) record.doneIn = undefined;
      if (end === 'response' && !invocation.reported[record.position]) record.passedIn = undefined;
      if (mayBeLost && invocation.resolved[record.position]) record.lostIn.push(invocation);
      if (hasDied) {
        record.sentIn = undefined;
        record.held = undefined;
      }
      // What happened in the very moment of the death may not have been heard any more.
      if (hasDied && record.remembered?.at === invocation.to) record.remembered = undefined;
      for (let place = record.open.length - 1; place >= 0; place--) {
        const start = record.open[place]!;
        if (start.invocation === invocation) this.#settleStart(start, place);
      }
      // Without marks the table or file of a dead invocation holds nothing of what it has counted.
      if (hasDied && invocation.marksFailed) record.remembered = undefined;
      // The table learns of charges at the end only.
      if (hasDied && this.#scenario.guard.ledger === 'table')
        record.remembered = invocation.remembering === 'not yet' ? record.rememberedBefore : undefined;
      // What a response has passed need not be remembered: a delivery of it all over again begins anew.
      if (!mayHaveAnswered || !invocation.resolved[record.position]) continue;
      record.diedIn = undefined;
      record.remembered = undefined;
      record.held = undefined;
      record.deaths = undefined;
      record.blocked = undefined;
    }
    invocation.process.invocation = undefined;
  }

  /** Whether what it has answered outlives its process. */
  #keepsAnswers({ remembering }: InvocationSight): boolean {
    const { ledger, claims } = this.#scenario.guard;
    return ledger === 'file' || (claims === true && remembering === 'done');
  }

  /** Answers the record whose own death it was. */
  #died({ inFlight, marks, invocation }: ProcessSight): RecordSight | undefined {
    const [only] = inFlight;
    if (inFlight.size !== 1 || only === undefined || only.together > 1) return undefined;
    const { record } = only;
    this.#chargeDeath(record);
    if (marks === undefined || !invocation?.knows || invocation.marksFailed) return record;
    record.deaths ??= new Map();
    const known = record.deaths.get(marks);
    if (known?.troubles === marks.troubles) known.alone++;
    else record.deaths.set(marks, { troubles: marks.troubles, alone: 1 });
    return record;
  }

  /** Of an answer that passes nothing but equal members, and is lost, one is charged: that ends what nobody can recall. */
  #chargeEqual(passed: readonly RecordSight[]): void {
    if (this.#scenario.stream === 'kinesis-fan-out' && areEqual(passed))
      for (const record of passed) this.#chargeDeath(record);
  }

  /** By law, a death while alone is the record's own. */
  #chargeDeath(record: RecordSight): void {
    record.diedAlone = true;
    record.wasTroubled = true;
    record.charges++;
  }

  /**
   * A claim that was not closed is a death to others. Where one record was started, or none, they may charge it: the one,
   * or what was to be the first. Where the answer to its opening was lost, they cannot know that more than this was started.
   */
  #claimEnded(invocation: InvocationSight, hasDied: boolean, charged: RecordSight | undefined): void {
    const { batch, process, knows, remembering, started } = invocation;
    if (remembering === 'done') return;
    for (const record of batch) {
      if (hasDied && knows && process.killer) record.blocked = blockedBy(record, process.killer, invocation);
      else if (hasDied || !knows) record.blocked = undefined;
    }
    if (knows && started.size > 1) return;
    const first = batch.findIndex(({ isDone, isAcknowledged }) => !isDone && !isAcknowledged);
    // What was resolved only now the table does not know of either.
    const alone = knows && started.size === 1 ? started : first < 0 ? batch : batch.slice(0, first + 1);
    for (const record of alone) if (record !== charged) this.#chargeDeath(record);
  }

  /** The process is about to die behind its answer. */
  diesBehind(process: ProcessSight, answer: unknown): void {
    const { invocation } = process;
    if (!invocation) return;
    const reported = reportedIn(answer, invocation.batch);
    const first = reported.indexOf(true);
    invocation.lostAt = first < 0 ? reported.length : first;
    this.#note?.(() => `invocation ${invocation.number} has its answer, and its process dies`);
  }

  /** An event says that an answer had passed these, and was lost. */
  toldOfLoss(records: readonly RecordSight[], isCertain: boolean): void {
    this.#note?.(() => `an answer was ${isCertain ? 'lost' : 'perhaps lost'} that had passed ${shown(records)}`);
    for (const record of records) this.tribunal.judge('toldOfLoss', { record, isCertain });
  }

  /** An event says of records of one number that the mapping has moved past them. */
  toldOfPassed(records: readonly RecordSight[], { memory, invocation }: ProcessSight): void {
    this.#note?.(() => `the mapping is said to have moved past ${shown(records)}`);
    // What one that knew nothing has passed, it has not forgotten.
    if (memory.troubles === 0 && !this.#recallsFailed && invocation?.knows)
      this.tribunal.judge('toldOfPassed', records);
  }

  /** The mapping did not learn of a response: it delivers again what may be forgotten by now. */
  resultLost(environment: number): void {
    this.#hasLostResults = true;
    const lost = this.#lastIn.get(environment);
    for (const record of lost?.batch ?? []) if (record.invocation === lost) record.lostIn.push(lost!);
    // Its process may have died since.
    if (lost?.end === 'response') this.#chargeEqual(lost.batch.filter((_, position) => !lost.reported[position]));
    for (const record of this.records) {
      record.diedIn = undefined;
      record.passedIn = undefined;
      record.doneIn = undefined;
      record.sentIn = undefined;
      record.held = undefined;
      record.blocked = undefined;
    }
  }

  passed(record: RecordSight, end: NonNullable<RecordSight['end']>): void {
    this.#note?.(() => `record ${record.index} is ${end}`);
    if (record.end !== undefined) throw new Error(`the mapping named record ${record.index} ${record.end} and ${end}`);
    record.end = end;
    this.ended++;
    if (end === 'processed') this.tribunal.judge('passed', record);
  }

  /** What the one ledger of a run in which nothing went wrong with it knows at the end. */
  known(sequenceNumbers: readonly string[]): void {
    this.tribunal.judge('known', sequenceNumbers);
  }

  /** Every record has been passed because it was done or quarantined, and every response and every recall was heard. */
  get allProcessed(): boolean {
    return !this.#hasLostResults && !this.#recallsFailed && this.records.every(({ end }) => end === 'processed');
  }

  left(): void {
    this.tribunal.judge('left', this.records);
  }

  #done(start: StartSight): void {
    const { record, invocation, position } = start;
    record.isDone = true;
    record.doneAt = this.#around.now();
    record.remembered = undefined;
    invocation.resolved[position] = true;
    if (!invocation.hasSucceeded) this.#heldNothing(invocation);
    invocation.hasSucceeded = true;
    const { handler } = this.#scenario.guard;
    const isTold = handler === 'eachRecord' || handler === 'splitOnError';
    if (isTold && invocation.end === undefined && wasInTime(start, this.#around)) record.doneIn = invocation;
  }

  /** A call that succeeded, or none to compare with, makes poison of what threw alone. */
  #heldNothing(invocation: InvocationSight): void {
    for (const record of invocation.started) if (record.held?.invocation === invocation) record.held = undefined;
  }

  #charged(start: StartSight): void {
    const { record, invocation } = start;
    const { remembered, chargedIn } = record;
    const { memory } = invocation.process;
    const troubles = start.ledgerTroubles;
    const goesOn = remembered?.memory === memory && remembered.troubles === troubles;
    const own = chargedIn?.invocation === invocation ? chargedIn.charges + 1 : 1;
    record.chargedIn = { invocation, charges: own };
    // Of two that write what each of them has counted, the ledger keeps the maximum.
    const before = goesOn ? remembered.charges : 0;
    const charges = invocation.knows ? before + 1 : Math.max(before, own);
    const isPermanent = goesOn && remembered.isPermanent;
    record.remembered = { memory, troubles, charges, isPermanent, at: this.#around.now() };
    const how = start.ended?.how;
    if (how === 'permanent' || how === 'undecodable') record.remembered.isPermanent = true;
    this.tribunal.judge('charged', start);
  }

  #settleStart(start: StartSight, place: number): void {
    const { record } = start;
    if (place === record.open.length - 1) record.open.pop();
    else record.open.splice(place, 1);
    if (mustBeCharged(start, this.#around)) this.#charged(start);
    const { invocation } = start;
    // Of one that knew nothing and one before it, the ledger keeps the maximum: either may have been held, or neither.
    if (!invocation.knows) record.held = undefined;
    else if (mayBeHeld(start, this.#around))
      record.held = { invocation, memory: invocation.process.memory, troubles: start.ledgerTroubles };
    if (!mayBeCharged(start, this.#around)) return;
    record.charges++;
  }
}

/** Whether recall names a record behind the first unit of the batch that has run: then that unit is delivered again. */
function hasRunBehind({ headSize }: InvocationSight, ids: readonly string[], memories: Memories): boolean {
  return ids.slice(headSize).some((id) => {
    const memory = memories.get(id);
    return memory !== undefined && (memory.state !== 'open' || memory.attempts.started > 0);
  });
}

/** What recall names as resolved may be an equal record of the unit, which is passed by now: this one may run, and need not. */
function doubt({ batch, recalled }: InvocationSight, position: number): void {
  const record = batch[position]!;
  if (recalled[position] === 'open' || recalled[position] === 'pending') return;
  recalled[position] = undefined;
  forget(record);
}

function knowEquals(records: readonly RecordSight[]): void {
  let equals: RecordSight[] = [];
  for (const record of records) {
    if (!record.planned.isTwin) equals = [];
    equals.push(record);
    record.equals = equals;
  }
}

/** Whether these are of one unit, and nobody can tell them apart. */
function areEqual(records: readonly RecordSight[]): boolean {
  return records.every(
    ({ sequenceNumber, planned }, place) =>
      sequenceNumber === records[0]!.sequenceNumber && (place === 0 || planned.isTwin === true),
  );
}

function forget(record: RecordSight): void {
  record.doneIn = undefined;
  record.sentIn = undefined;
  record.diedIn = undefined;
  record.passedIn = undefined;
  record.remembered = undefined;
  record.held = undefined;
  record.deaths = undefined;
  record.blocked = undefined;
}

/** Records that are equal cannot be told apart in another part of their unit: what is known of them ends with the unit. */
function forgetTwin(record: RecordSight, batch: readonly RecordSight[]): void {
  const { planned, index, sequenceNumber, unit } = record;
  const members = batch.filter((other) => other.sequenceNumber === sequenceNumber);
  const hasTwin = planned.isTwin || members.some((other) => other.planned.isTwin && other.index === index + 1);
  if (!hasTwin && unit === '') return;
  record.unit = members.map((other) => other.index).join();
  if (unit === '' || unit === record.unit) return;
  record.isCutOtherwise = true;
  record.id = undefined;
  forget(record);
}

function blockedBy(
  { blocked }: RecordSight,
  killer: RecordSight,
  { batch, process: { memory } }: InvocationSight,
): Blocked {
  const { troubles } = memory;
  if (blocked?.troubles !== troubles)
    return { troubles, batchSize: batch.length, killers: new Set([killer]), deaths: 1 };
  return { ...blocked, killers: new Set([...blocked.killers, killer]), deaths: blocked.deaths + 1 };
}
