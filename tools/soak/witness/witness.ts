import type { Surroundings } from '../laws/law.ts';
import { LawChecks } from '../laws/law-checks.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { recordSight } from '../sights/new-sights.ts';
import type { RecordSight } from '../sights/sights.ts';
import type { Note, WitnessContext } from './context.ts';
import { linkEquals } from './equal-records.ts';
import { EventLoop } from './event-loop.ts';
import { EventWitness } from './events.ts';
import { FunctionWitness } from './function.ts';
import { HandlerWitness } from './handler.ts';
import { LedgerWitness } from './ledger.ts';
import { MappingWitness } from './mapping.ts';
import { SinkWitness } from './sink.ts';

/** Keeps what handler, sink and mapping see, and checks it against the laws. Costs O(1) for each observation. */
export class Witness {
  readonly records: readonly RecordSight[];
  readonly laws: LawChecks;
  readonly eventLoop: EventLoop;
  readonly handler: HandlerWitness;
  readonly ledger: LedgerWitness;
  readonly sink: SinkWitness;
  readonly function: FunctionWitness;
  readonly mapping: MappingWitness;
  readonly events: EventWitness;

  /** @param broken called at the first violation of a law */
  constructor(scenario: Scenario, now: () => number, broken: () => void, note: Note | undefined) {
    const { guard } = scenario;
    const eventLoop = new EventLoop(now, guard.recordMs, note);
    const around: Surroundings = {
      guard,
      now,
      stoodStillMs: () => eventLoop.stoodStillMs,
      standStills: () => eventLoop.standStills,
      stoodStillUntil: () => eventLoop.stoodStillUntil,
    };
    this.records = scenario.records.map(recordSight);
    linkEquals(this.records);
    this.laws = new LawChecks(around, broken);
    const context: WitnessContext = { scenario, around, laws: this.laws, note };
    this.eventLoop = eventLoop;
    this.handler = new HandlerWitness(context);
    this.ledger = new LedgerWitness(context);
    this.sink = new SinkWitness(context);
    this.function = new FunctionWitness(context, this.ledger, this.records);
    this.mapping = new MappingWitness(context, this.records);
    this.events = new EventWitness(context, this.ledger);
  }

  /** The records that a run's one ledger, without trouble, knows at the end. */
  known(sequenceNumbers: readonly string[]): void {
    this.laws.check('known', sequenceNumbers);
  }

  /** Every record has been passed because it was done or quarantined, and every response and every recall was heard. */
  get allProcessed(): boolean {
    const isHeard = !this.function.hasLostResults && !this.ledger.hasFailedToRecall;
    return isHeard && this.records.every(({ end }) => end === 'processed');
  }
}
