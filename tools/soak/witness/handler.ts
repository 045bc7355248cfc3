import { chargesOf, wasInTime } from '../laws/charges.ts';
import type { AttemptSight, How, ProcessSight, RecordSight, StartSight } from '../sights/sights.ts';
import { dropHolds, settleStart } from './charging.ts';
import type { WitnessContext } from './context.ts';

/** Records that were done within this time before the death of an invocation may wait to be marked; timers have whole ms. */
const recentMs = 6;

/** The starts of decoder and handler, and how they end. */
export class HandlerWitness {
  readonly #context: WitnessContext;
  /** By the decoder's value. */
  readonly #decoded = new WeakMap<object, StartSight>();

  constructor(context: WitnessContext) {
    this.#context = context;
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
    this.#context.note?.(() => `record ${start.record.index} of invocation ${start.invocation.number} is decoded`);
  }

  /** The handler is called with a record: an attempt begins here unless it began in a decoder. */
  called(record: RecordSight, process: ProcessSight, told: AttemptSight, together = 1): StartSight {
    const { note, laws } = this.#context;
    const start = this.#decodedFor(record, told) ?? record.inDecoder ?? this.#started(record, process, together);
    if (record.inDecoder === start) record.inDecoder = undefined;
    start.isCalled = true;
    note?.(() => `the handler gets record ${record.index} as attempt ${told.number}`);
    laws.check('called', { start, told });
    return start;
  }

  /** The start that is to come to the handler with this value, however late. */
  #decodedFor(record: RecordSight, { decoded }: AttemptSight): StartSight | undefined {
    const start = this.#decoded.get(decoded as object);
    return start?.record === record && !start.isCalled ? start : undefined;
  }

  #started(record: RecordSight, process: ProcessSight, together: number): StartSight {
    const { around, note, laws } = this.#context;
    const invocation = process.invocation ?? record.invocation!;
    const { position } = record;
    const start: StartSight = {
      record,
      invocation,
      position,
      at: around.now(),
      remembered: record.remembered,
      chargesBefore: chargesOf(record, around),
      decoded: undefined,
      isCalled: false,
      stoodStillMs: around.stoodStillMs(),
      standStills: around.standStills(),
      ledgerTroubles: process.memory.troubles,
      isCompared: invocation.hasSucceeded,
      together,
      ended: undefined,
    };
    note?.(() => `record ${record.index} starts in invocation ${invocation.number}`);
    this.#countRepeat(start);
    laws.check('started', start);
    invocation.resolved[position] = false;
    record.diedIn = undefined;
    record.starts++;
    invocation.lastStartAt = around.now();
    invocation.started.add(record);
    record.open.push(start);
    invocation.running[position] = true;
    invocation.inFlight.push(start);
    process.inFlight.add(start);
    if (position < invocation.headSize) invocation.startsOnHead.push(start);
    return start;
  }

  /** The record was done in an invocation whose process died, and starts again. */
  #countRepeat({ record, invocation }: StartSight): void {
    const { diedIn } = record;
    if (!diedIn || !invocation.knows || diedIn.process.memory !== invocation.process.memory) return;
    diedIn.repeats++;
    // While the event loop stands still, the engine writes marks only before a start.
    const until = this.#context.around.stoodStillUntil() >= record.doneAt ? diedIn.lastStartAt : diedIn.to;
    diedIn.hasOldRepeat ||= record.doneAt < until - recentMs;
  }

  /** The handler of a start hears that it is to stop. */
  aborted(start: StartSight): void {
    const { note, laws } = this.#context;
    if (start.invocation.process.fence.ended) return;
    note?.(() => `record ${start.record.index} of invocation ${start.invocation.number} is told to stop`);
    laws.check('aborted', start);
  }

  /** The handler's own work on a record ended; the work of a dead process does not count. */
  finished(start: StartSight, how: How): void {
    const { around, note } = this.#context;
    const { record, invocation } = start;
    if (invocation.process.fence.ended) return;
    const at = around.now();
    start.ended = { at, how, stoodStillMs: around.stoodStillMs(), standStills: around.standStills() };
    note?.(() => `record ${record.index} of invocation ${invocation.number} ends: ${how}`);
    invocation.running[start.position] = false;
    invocation.process.inFlight.delete(start);
    if (record.inDecoder === start) record.inDecoder = undefined;
    record.wasPermanent ||= how === 'permanent';
    record.wasUndecodable ||= how === 'undecodable';
    if (how === 'ok') this.#done(start);
    // Records that a call of several has named by one number are charged to none of them: each is called alone next.
    else if (how === 'outage' || how === 'unnamed') invocation.headMoved ||= start.position < invocation.headSize;
    // One that outlives its invocation was judged at its end.
    const place = record.open.indexOf(start);
    if (place >= 0) settleStart(start, place, this.#context);
  }

  #done(start: StartSight): void {
    const { around, scenario } = this.#context;
    const { record, invocation, position } = start;
    record.isDone = true;
    record.doneAt = around.now();
    record.remembered = undefined;
    invocation.resolved[position] = true;
    if (!invocation.hasSucceeded) dropHolds(invocation);
    invocation.hasSucceeded = true;
    const { handler } = scenario.guard;
    const isTold = handler === 'eachRecord' || handler === 'splitOnError';
    if (isTold && invocation.end === undefined && wasInTime(start, around)) record.doneIn = invocation;
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

  /** A call has ended: none of its records runs any more, whether or not the handler came to it. */
  callEnded(starts: readonly StartSight[]): void {
    for (const start of starts) start.invocation.process.inFlight.delete(start);
  }
}
