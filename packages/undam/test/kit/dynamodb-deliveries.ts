import { isResolved, type Ledger, type LedgerKey, type Memories, type Memory } from '../../src/ledgers/ledger.ts';

/** The records to deliver, and their outcomes. */
export interface Story {
  readonly records: readonly string[];
  /** Starting one ends the environment. */
  readonly killers: ReadonlySet<string>;
  /** Starting one is a failed attempt. */
  readonly failing?: ReadonlySet<string>;
  /** Deliveries, from 1, that end from outside before anything is remembered. */
  readonly killed?: ReadonlySet<number>;
  /** Whether the mapping halves a batch whose invocation has failed. */
  readonly bisect?: boolean;
  /** N. */
  readonly attempts: number;
}

/** The deliveries in numbers. */
export interface Told {
  readonly deliveries: number;
  readonly starts: ReadonlyMap<string, number>;
  readonly quarantined: readonly Quarantined[];
}

interface Quarantined {
  readonly number: string;
  readonly crashed: number;
  readonly failed: number;
  /** In which delivery it was passed. */
  readonly delivery: number;
}

/**
 * A shard that is delivered until nothing is left, each time to a new environment and so to a new ledger: what a mapping
 * does, and what the engine does with a ledger, from the outside.
 */
export async function deliver(story: Story, key: LedgerKey, open: () => Ledger): Promise<Told> {
  const { killers, failing = new Set(), killed = new Set(), bisect = false, attempts: most } = story;
  const starts = new Map<string, number>();
  const quarantined: Quarantined[] = [];
  const batches: (readonly string[])[] = [story.records];
  let deliveries = 0;
  while (batches.length > 0) {
    if (++deliveries > 2_000) throw new Error('the shard does not move on');
    const batch = batches.shift()!;
    const ledger = open();
    const ours = { ...key };
    const memories = await ledger.recall(ours, batch);
    const admitted = admit(batch, memories, most);
    for (const number of admitted.started) starts.set(number, (starts.get(number) ?? 0) + 1);
    if (killed.has(deliveries) || admitted.started.some((number) => killers.has(number))) {
      const half = bisect && batch.length > 1 ? Math.ceil(batch.length / 2) : batch.length;
      batches.unshift(...[batch.slice(0, half), batch.slice(half)].filter(({ length }) => length > 0));
      continue;
    }
    const learned = learn(batch, memories, admitted, failing, most);
    for (const [number, { state, attempts }] of learned)
      if (state === 'quarantined' && memories.get(number)?.state !== 'quarantined')
        quarantined.push({ number, crashed: attempts.crashed, failed: attempts.failed, delivery: deliveries });
    const first = batch.findIndex((number) => !isResolved(learned.get(number)!));
    const checkpoint = first < 0 ? batch.length : first;
    await ledger.remember(ours, changes(batch, memories, learned, checkpoint));
    if (checkpoint < batch.length) batches.unshift(batch.slice(checkpoint));
  }
  return { deliveries, starts, quarantined };
}

interface Admitted {
  readonly started: readonly string[];
  readonly exhausted: readonly string[];
}

const none = { started: 0, failed: 0, timedOut: 0, crashed: 0 };

/** What the engine starts, and what it sends to the sink instead. */
function admit(batch: readonly string[], memories: Memories, most: number): Admitted {
  const [started, exhausted]: [string[], string[]] = [[], []];
  for (const [index, number] of batch.entries()) {
    const { state = 'open', attempts = none, suspect } = memories.get(number) ?? {};
    if (state === 'done' || state === 'quarantined') continue;
    if (state === 'pending' || attempts.failed + attempts.crashed >= most) exhausted.push(number);
    else if (index > 0 && (suspect === 'later' || (suspect !== undefined && attempts.crashed > 0))) break;
    else started.push(number);
  }
  return { started, exhausted };
}

/** What each record of the batch is after an invocation that ended in order. */
function learn(
  batch: readonly string[],
  memories: Memories,
  { started, exhausted }: Admitted,
  failing: ReadonlySet<string>,
  most: number,
): Map<string, Memory> {
  const learned = new Map<string, Memory>();
  const [ran, sent] = [new Set(started), new Set(exhausted)];
  for (const number of batch) {
    const known = memories.get(number) ?? { state: 'open', attempts: none };
    const { suspect: _, ...free } = known;
    const { attempts } = known;
    if (sent.has(number)) learned.set(number, { ...free, state: 'quarantined' });
    else if (!ran.has(number)) learned.set(number, known);
    else if (!failing.has(number)) learned.set(number, { ...free, state: 'done' });
    else {
      const charged = { ...attempts, started: attempts.started + 1, failed: attempts.failed + 1 };
      const passed = charged.failed + charged.crashed >= most;
      learned.set(number, { ...free, state: passed ? 'quarantined' : 'open', attempts: charged });
    }
  }
  return learned;
}

/** As the engine tells the ledger. */
function changes(
  batch: readonly string[],
  memories: Memories,
  learned: ReadonlyMap<string, Memory>,
  checkpoint: number,
): Map<string, Memory | undefined> {
  const told = new Map<string, Memory | undefined>();
  for (const [index, number] of batch.entries()) {
    const memory = learned.get(number)!;
    const worth = memories.has(number) || isResolved(memory) || memory.attempts.started > 0;
    if (index < checkpoint && memories.has(number)) told.set(number, undefined);
    else if (index >= checkpoint && worth) told.set(number, memory);
  }
  const waitsFor = batch[checkpoint];
  if (told.size > 0 && waitsFor !== undefined && !told.has(waitsFor)) told.set(waitsFor, learned.get(waitsFor));
  return told;
}
