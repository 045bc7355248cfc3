import {
  Fence,
  MappingDriver,
  MappingMachine,
  type MappingObserver,
  newStream,
  type SimulatedEnvironment,
  SimulatedFunction,
  type SimulatedHandler,
  type SimulatedRecord,
  type StreamAndSource,
  type StreamEvent,
  seededRandom,
  type VirtualTime,
  withVirtualTime,
} from '@undam/simulator/parts';
import type { Ledger, LedgerKey, StreamRecord } from 'undam';
import { createEventSourceMapping } from 'undam/mapping';
import { DeathBehindAnswer } from '../faults/death-behind-answer.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import { faultyLedger, type LedgerSight } from '../faults/faulty-ledger.ts';
import type { SiteCounts } from '../faults/sites.ts';
import { allOrNothingHandler } from '../handlers/all-or-nothing-handler.ts';
import { batchHandler } from '../handlers/batch-handler.ts';
import type { Actor, Stage } from '../handlers/handler-acts.ts';
import { processorHandler } from '../handlers/processor-handler.ts';
import { recordDecoder } from '../handlers/record-decoder.ts';
import { recordHandler } from '../handlers/record-handler.ts';
import type { LawName } from '../laws/index.ts';
import type { Violation } from '../laws/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import {
  keptOf,
  type PutGroup,
  putGroups,
  putNumberOf,
  putOf,
  type StreamKind,
  streamSettings,
} from '../scenario/stream-kinds.ts';
import type { InvocationSight, MemorySight, ProcessSight, RecordSight } from '../sights/sights.ts';
import { type LetterOrigin, QuarantineQueue, queueUrl } from '../stores/quarantine-queue.ts';
import { type Seer, VirtualDisk } from '../stores/virtual-disk.ts';
import { VirtualTable } from '../stores/virtual-table.ts';
import { type Note, Witness } from '../witness/witness.ts';
import {
  dynamodbLedger,
  eachRecord,
  fileLedger,
  memoryLedger,
  middy,
  splitOnError,
  sqsSink,
  streamGuard,
  wholeBatch,
} from './under-test.ts';

/** What a run came to. */
export interface RunResult {
  readonly violation: Violation | undefined;
  readonly deliveries: number;
  readonly invocations: number;
  readonly fired: SiteCounts;
  readonly checks: Readonly<Record<LawName, number>>;
}

const tableName = 'undam';
const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:soak';

type StreamHandler = (event: object, context: object) => Promise<unknown>;

/** How often it is looked whether records left the stream that nobody read. */
const lookMs = 20_000;
/** More looks without an invocation than any back-off of the mapping lasts. */
const silentLooksMost = 15;

/** Runs a scenario under virtual time: faults first, then everything heals and has to end. */
export function play(scenario: Scenario, note?: Note): Promise<RunResult> {
  return withVirtualTime({ seed: scenario.seed }, (time) => new World(scenario, time, note).run());
}

class World implements Stage {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly witness: Witness;
  readonly #note: Note | undefined;
  readonly #kind: StreamKind;
  readonly #source: StreamAndSource['source'];
  readonly #stream: StreamAndSource['stream'];
  readonly #queue: QuarantineQueue;
  readonly #table: VirtualTable;
  readonly #tableMemory: MemorySight = { troubles: 0 };
  readonly #over = Promise.withResolvers<void>();
  #putCount = 0;
  #outageUntil = -1;
  /** Invocations by which everything has to have ended, once it is healed. */
  #endsByInvocation = Infinity;
  #throttlesLeft = 0;

  constructor(scenario: Scenario, time: VirtualTime, note: Note | undefined) {
    this.scenario = scenario;
    this.time = time;
    this.#note = note && ((text) => note(() => `${String(time.now()).padStart(9)} ${text()}`));
    this.faults = new FaultPlan(scenario);
    this.witness = new Witness(scenario, time.now, () => this.#over.resolve(), this.#note);
    this.#kind = scenario.stream ?? 'kinesis';
    const { source, stream } = newStream(
      {
        kind: this.#kind === 'dynamodb' ? 'dynamodb' : 'kinesis',
        shards: scenario.shards,
        retentionHours: scenario.retentionMs / 3_600_000,
        ...streamSettings(this.#kind),
      },
      { date: time.date },
    );
    this.#source = {
      ...source,
      // What a handler is given says which record it is, whatever else is equal.
      eventRecord: (record) => ({ ...source.eventRecord(record), soak: this.#indexOf(record) }),
    };
    this.#stream = stream;
    this.#queue = new QuarantineQueue(this, this.#recordOfLetter);
    this.#table = new VirtualTable(time, seededRandom(`${scenario.seed}/table`), this.faults);
  }

  readonly isOutage = (): boolean => !this.faults.healed && this.time.now() < this.#outageUntil;

  readonly failed = (error: unknown): Promise<never> => {
    this.#over.reject(error);
    return new Promise(() => {});
  };

  async run(): Promise<RunResult> {
    const { time, scenario, witness } = this;
    this.#plan();
    this.#drive();
    if (await time.runUntil(this.#over.promise)) await this.#over.promise;
    const { tribunal, deliveries, invocations } = witness;
    if (!tribunal.violation && witness.ended < scenario.records.length) witness.left();
    if (!tribunal.violation) await this.#lookIntoLedger();
    return {
      violation: tribunal.violation,
      deliveries,
      invocations,
      fired: this.faults.fired,
      checks: tribunal.checks,
    };
  }

  /** Where one ledger saw everything and nothing went wrong with it: a deliberate replay has to run. */
  async #lookIntoLedger(): Promise<void> {
    const [only, another] = this.#memories;
    if (!only || another || only[0].troubles > 0 || !this.witness.allProcessed) return;
    const [memory, { keys, ledger }] = only;
    const looking = this.#lookAt(memory, ledger, [...keys.values()], [...this.#ids]);
    if (await this.time.runUntil(looking)) this.witness.known(await looking);
  }

  async #lookAt(
    memory: MemorySight,
    last: Ledger,
    keys: readonly LedgerKey[],
    ids: readonly string[],
  ): Promise<readonly string[]> {
    const disk = [...this.#disks.values()].find((one) => one.memory === memory)?.disk;
    const table = dynamodbLedger({ tableName, client: this.#table.untroubledClient });
    // The process that had it may have ended: what it left is for the next one.
    const onDisk = disk ? this.#fileLedger(disk, { number: 0, fence: new Fence() }) : last;
    const ledger = this.scenario.guard.ledger === 'table' ? table : onDisk;
    const recalled = keys.map((key) => ledger.recall(key, ids));
    // A process that ended may have left an answer: that of its records is forgotten by itself.
    return (await Promise.all(recalled)).flatMap((memories) =>
      [...memories].flatMap(([id, { answered }]) => (answered ? [] : [id])),
    );
  }

  /** Everything that happens at a time of its own. */
  #plan(): void {
    const { time, scenario } = this;
    const bursts = Map.groupBy(scenario.records.keys(), (index) => scenario.records[index]!.at);
    for (const [at, indexes] of bursts) time.setTimeout(() => this.#put(indexes), at);
    time.setTimeout(() => this.#heal(), scenario.healsAtMs);
    for (const { site, at, ms } of scenario.faults) {
      if (site === 'reshard') time.setTimeout(() => this.#reshard(ms), at);
      if (site === 'clock-step') time.setTimeout(() => this.#stepClock(ms), at);
      if (site === 'downstream-outage') time.setTimeout(() => (this.#outageUntil = at + ms), at);
    }
    time.setTimeout(() => this.#look(0, 0), lookMs);
  }

  #put(indexes: readonly number[]): void {
    const { scenario, witness, time } = this;
    for (const group of putGroups(this.#kind, indexes, scenario.records)) {
      const written = this.#stream.put(putOf(this.#kind, group, scenario.records));
      // Records are put in the order of their times, so a sequence number tells which put it is of.
      this.#groups[this.#putCount++] = group;
      for (const [place, index] of group.entries()) {
        this.#arrivals[index] = time.date();
        const record = group.length === 1 ? written : this.#userRecords(written)[place]!;
        witness.put(index, written.sequenceNumber, () => keptOf(record, this.#source.eventRecord(record)));
      }
    }
    this.#note?.(() => `put: ${indexes.join(' ')}`);
  }

  #userRecords(aggregate: SimulatedRecord): readonly SimulatedRecord[] {
    const parts = this.#source.takeApart?.(aggregate, { shardId: aggregate.shardId } as never);
    if (!Array.isArray(parts)) throw new Error('an aggregate that is none');
    return parts;
  }

  readonly #groups: PutGroup[] = [];

  #indexOf(record: SimulatedRecord): number {
    const group = this.#groups[putNumberOf(record.sequenceNumber) - 1]!;
    return group[('subSequenceNumber' in record && record.subSequenceNumber) || 0]!;
  }

  readonly #recordOf = (record: StreamRecord): RecordSight =>
    this.witness.records[(record as { readonly soak?: number }).soak!]!;

  /** All that were put under a number. */
  #groupOf(sequenceNumber: string): RecordSight[] {
    return this.#groups[putNumberOf(sequenceNumber) - 1]!.map((index) => this.witness.records[index]!);
  }

  /** A record of a number, of a unit one that an answer was lost of, if any. */
  #lostOf(sequenceNumber: string, invocation: InvocationSight | undefined): RecordSight {
    const group = this.#groupOf(sequenceNumber);
    const members = group.filter((record) => record.invocation === invocation);
    return members.find(({ lostIn }) => lostIn.length > 0) ?? group[0]!;
  }

  /** By what a letter says; where its invocation has ended, any record of its number and data. */
  readonly #recordOfLetter = (origin: LetterOrigin, invocation: InvocationSight | undefined): RecordSight => {
    const { sequenceNumber, data, position = 0 } = origin;
    const members = (invocation?.batch ?? []).filter((record) => record.sequenceNumber === sequenceNumber);
    const group = this.#groupOf(sequenceNumber);
    return members[position] ?? group.find((record) => record.data() === data) ?? group[0]!;
  };

  #heal(): void {
    const { faults, witness, scenario } = this;
    if (faults.healed) return;
    faults.heal();
    const left = scenario.records.length - witness.ended;
    const { ParallelizationFactor, BatchSize } = scenario.mapping;
    const { claims, handler } = scenario.guard;
    // What hangs or kills among others is found by halves.
    const halvings = claims || handler === 'splitOnError' ? Math.ceil(Math.log2(BatchSize)) + 1 : 0;
    const lanes = (scenario.shards + 3) * ParallelizationFactor;
    // Each response passes the head or charges it, in the memory of one of the environments; halves come on top.
    this.#endsByInvocation = witness.invocations + 20 + left * (scenario.guard.attempts + 3 + halvings) * lanes;
    this.#note?.(() => `everything heals; ${left} records have not ended`);
  }

  #reshard(choice: number): void {
    if (this.faults.healed) return;
    const open = this.#stream.openShardIds;
    this.faults.count('reshard');
    if (choice % 2 === 0 || open.length < 2) {
      const children = this.#stream.splitShard(open[choice % open.length]!);
      this.#note?.(() => `a shard is split into ${children.join(' ')}`);
      return;
    }
    try {
      const child = this.#stream.mergeShards(open[0]!, open[1]!);
      this.#note?.(() => `two shards are merged into ${child}`);
    } catch {
      this.#stream.splitShard(open[0]!);
    }
  }

  #stepClock(ms: number): void {
    if (this.faults.healed) return;
    this.faults.count('clock-step');
    this.time.stepDate(ms);
    this.#note?.(() => `the clock steps by ${ms} ms`);
  }

  /** Ends a run that stands still, although everything has healed. */
  #look(looks: number, invocationsBefore: number): void {
    const { witness, faults, time } = this;
    this.#dropUnread();
    const isSilent = faults.healed && witness.invocations === invocationsBefore;
    const { invocations } = witness;
    if (looks === silentLooksMost) this.#over.resolve();
    else time.setTimeout(() => this.#look(isSilent ? looks + 1 : 0, invocations), lookMs);
  }

  /** Records that left the stream before they were read. Until everything has healed, the clock may yet be set back. */
  #dropUnread(): void {
    const { witness, scenario, time, faults } = this;
    if (!faults.healed || this.#machine?.isIdle !== true) return;
    for (const { index, end, sequenceNumber } of witness.records) {
      if (end !== undefined || sequenceNumber === '') continue;
      if (time.date() - this.#arrivals[index]! > scenario.retentionMs) this.#passed([index], 'expired');
    }
  }

  #machine: MappingMachine<SimulatedRecord> | undefined;
  readonly #arrivals: number[] = [];

  #drive(): void {
    const { time, scenario } = this;
    const mapping = createEventSourceMapping(
      { ...scenario.mapping, StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'] },
      { kind: this.#source.kind, streamArn: this.#source.streamArn },
      time.date(),
    );
    let requests = 0;
    this.#machine = new MappingMachine({
      mapping,
      source: this.#source,
      observer: this.#observer(),
      newRequestId: () => `request ${++requests}`,
    });
    const driver = new MappingDriver({
      machine: this.#machine,
      reader: this.#stream,
      invoker: this.#function(),
      clock: time,
    });
    driver.start();
  }

  #observer(): MappingObserver<SimulatedRecord> {
    const indexes = (records: readonly SimulatedRecord[]): number[] => records.map((record) => this.#indexOf(record));
    return {
      passed: (records, as) => {
        if (as === 'expired' && !this.faults.healed) this.faults.count('expired-prefix');
        this.#passed(indexes(records), as === 'expired' ? 'expired' : 'processed');
      },
      discarded: ({ records }) => this.#passed(indexes(records), 'discarded'),
    };
  }

  #passed(indexes: readonly number[], end: NonNullable<RecordSight['end']>): void {
    const { witness } = this;
    for (const index of indexes) witness.passed(witness.records[index]!, end);
    if (witness.ended === witness.records.length) this.#over.resolve();
  }

  #function(): SimulatedFunction {
    const { faults, witness, time, scenario } = this;
    return new SimulatedFunction({
      settings: { timeoutMs: scenario.timeoutMs, functionArn },
      clock: time,
      random: seededRandom(`${scenario.seed}/function`),
      createHandler: (environment) => this.#createHandler(environment),
      faults: {
        throttles: () => this.#throttles(),
        recycles: () => faults.at('environment-recycled') !== undefined,
        diesBehindAnswer: (environment) => this.#deaths.get(environment)?.strikesBehind() ?? false,
        losesResult: (environment) => {
          const lost = faults.at('duplicate-delivery') !== undefined;
          if (lost) witness.resultLost(environment);
          return lost;
        },
      },
      observer: {
        invocationStarted: (_requestId, environment, event) => this.#invoked(environment, event),
        invocationEnded: (_requestId, environment, end) => witness.answered(environment, end),
        throttled: () => this.#note?.(() => 'an invocation is throttled'),
      },
    });
  }

  #throttles(): boolean {
    this.#throttlesLeft += this.faults.planned('expired-prefix')?.ms ?? 0;
    if (this.#throttlesLeft > 0) {
      this.#throttlesLeft--;
      return true;
    }
    return this.faults.at('invocation-throttled') !== undefined;
  }

  #invoked(environment: number, { Records }: StreamEvent): void {
    const { witness, scenario } = this;
    const batch = Records.map((record) => this.#recordOf(record as StreamRecord));
    if (witness.invocations >= this.#endsByInvocation) this.#over.resolve();
    if (witness.invocations >= scenario.healsAtInvocation) this.#heal();
    witness.invoked(environment, batch);
  }

  readonly #memories = new Map<MemorySight, LedgerSight>();
  /** What the ledgers were asked for. */
  readonly #ids = new Set<string>();
  /** That of each environment's process. */
  readonly #deaths = new Map<number, DeathBehindAnswer>();
  readonly #disks = new Map<number, { readonly disk: VirtualDisk; readonly memory: MemorySight }>();

  /** The disk of an environment, or the one that all of them have. */
  #diskOf(environment: number): { readonly disk: VirtualDisk; readonly memory: MemorySight } {
    const number = this.scenario.guard.sharesDisk ? 0 : environment;
    const known = this.#disks.get(number) ?? { disk: new VirtualDisk(this.time.date), memory: { troubles: 0 } };
    this.#disks.set(number, known);
    return known;
  }

  /** A process, and its ledger in the place that the scenario has for it. */
  #ledgerOf(environment: number): { process: ProcessSight; ledger: Ledger; neighbour: Ledger | undefined } {
    const { witness } = this;
    const { ledger: kind, claims = false, hasLocal = false, hasNeighbour = false } = this.scenario.guard;
    const { disk, memory: onDisk } = this.#diskOf(environment);
    const marks = kind === 'file' || hasLocal ? onDisk : undefined;
    const memory = kind === 'table' ? this.#tableMemory : (marks ?? { troubles: 0 });
    const process = witness.processStarted(environment, Fence.current()!, memory, marks);
    const local = marks && this.#fileLedger(disk, process);
    if (kind !== 'table') {
      const ledger = local ?? memoryLedger({ now: this.time.date });
      return { process, ledger, neighbour: hasNeighbour ? ledger : undefined };
    }
    const { client, untroubledClient } = this.#table;
    const ledger = dynamodbLedger({ tableName, client, claims, ...(local && { local }) });
    const neighbour = hasNeighbour ? dynamodbLedger({ tableName, client: untroubledClient }) : undefined;
    return { process, ledger, neighbour };
  }

  #fileLedger(disk: VirtualDisk, process: Seer): Ledger {
    return fileLedger({ folder: '/tmp/undam', files: disk.seenBy(process), now: this.time.date });
  }

  /** A ledger may fail only where its table was made to. */
  readonly #ledgerRejected = (cause: unknown): void => {
    if (this.#table.isPlanned(cause)) return;
    void this.failed(new Error('the ledger failed, and nothing was wrong with its table', { cause }));
  };

  #createHandler(environment: SimulatedEnvironment): SimulatedHandler {
    const { scenario, witness, faults } = this;
    const { process, ledger, neighbour } = this.#ledgerOf(environment.id);
    const { keys } = this.#memories.get(process.memory) ?? { keys: new Map() };
    this.#memories.set(process.memory, { ledger, keys });
    const actor: Actor = { process, crash: () => environment.crash() };
    const {
      order,
      concurrency,
      attempts,
      retry,
      reserveMs,
      recordMs,
      reports,
      handler,
      decoder,
      isProcessor = false,
    } = scenario.guard;
    const sink = sqsSink({ queueUrl, client: this.#queue.clientOf(actor) });
    const guard = streamGuard({
      quarantine: { sink, attempts, retry },
      timeBudget: { reserveMs, ...(recordMs > 0 && { recordMs }) },
      ledger: faultyLedger({
        ledger,
        faults,
        process,
        witness,
        neighbour,
        asked: (key, ids) => {
          keys.set(key.shardId, key);
          for (const id of ids) this.#ids.add(id);
        },
        rejected: this.#ledgerRejected,
      }),
      observe: (event) => {
        if (event.type === 'passed-unresolved') witness.toldOfPassed(this.#groupOf(event.sequenceNumber), process);
        if (event.type !== 'died-after-answer') return;
        const lost = event.sequenceNumbers.map((number) => this.#lostOf(number, process.invocation));
        witness.toldOfLoss(lost, event.isCertain);
      },
    });
    const inner = {
      eachRecord: () => {
        const handle = recordHandler(actor, this, this.#recordOf);
        if (isProcessor) return processorHandler(handle, this.#kind === 'dynamodb', { order, concurrency });
        if (decoder === undefined) return eachRecord<StreamRecord>(handle, { order, concurrency });
        const decode = recordDecoder(actor, this, this.#recordOf);
        return eachRecord<unknown, StreamRecord>(handle, { order, concurrency, decode });
      },
      splitOnError: () => splitOnError<StreamRecord>(allOrNothingHandler(actor, this, this.#recordOf), { order }),
      wholeBatch: () => wholeBatch(batchHandler(actor, this, this.#recordOf), { reports }),
    }[handler]();
    const death = new DeathBehindAnswer(actor, faults, witness);
    this.#deaths.set(environment.id, death);
    const guarded = middy({ timeoutEarlyInMillis: 0 })
      .use(death.outside)
      .use(guard)
      .use(death.inside)
      .handler(inner as never) as unknown as StreamHandler;
    return async (event: object, context: object) => {
      const { invocation } = process;
      if (invocation) invocation.context = context;
      death.plan();
      const payload = await guarded(event, context);
      // Lambda may have ended it before.
      if (invocation && invocation.end === undefined) invocation.payload = payload;
      return payload;
    };
  }
}
