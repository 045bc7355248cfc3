import { attempts, type Cell, struckIn } from './cell.ts';
import { deathOf } from './deaths.ts';
import type { Delivery, ObservedCell } from './observed-cell.ts';

/** One promise, with the measured value. */
export interface Bound {
  readonly promise: Promised;
  readonly value: number;
  readonly atMost: number;
  readonly kept: boolean;
}

export type Promised = keyof typeof promises;

export const promises = {
  'moves-on': 'the shard moves on',
  'dies-so': 'the death happens, and invocations fail in no other way',
  starts: 'a killer starts at most N + 2 times, if the disk survives',
  deliveries:
    'a killer is passed within N + ceil(log2 batch) + 2 of its deliveries for each killer, if nothing survives',
  quarantined: 'exactly the killers are quarantined, with reason crashed',
  'run-twice':
    'at most 32 healthy records run again after a death, or 21 and as many as run at once, if the disk survives',
  lost: 'every healthy record ends',
  'deaths-behind-answer': 'a death behind the answer happens at most once, and no record starts again',
  told: 'an event counts each record whose answer was lost once, and no other',
} as const;

/** Records that run, and records done but not marked yet. Here none of these was done within the last 5 ms only. */
function maxRunTwice({ concurrency }: Cell): number {
  return Math.max(32, 21 + concurrency);
}

/** Deliveries after which a cell that does not move on is ended. */
export function maxDeliveries(cell: Cell): number {
  return 10 + 2 * killersIn(cell) * deliveriesForEach(cell);
}

/** N + ceil(log2 batch) + 2. */
function deliveriesForEach({ batch }: Cell): number {
  return attempts + Math.ceil(Math.log2(batch)) + 2;
}

function killersIn(cell: Cell): number {
  return deathOf(cell.death).strikes === 'always' ? struckIn(cell).length : 0;
}

/** The findings of a cell. */
export interface Findings {
  readonly deliveries: number;
  readonly deaths: number;
  /** Starts of the struck record that started most often. */
  readonly starts: number;
  /**
   * Deliveries that held a struck record until it was passed; the maximum over the struck records. The halves of healthy records
   * that bisect makes do not count.
   */
  readonly passedAfter: number;
  readonly quarantined: number;
  readonly runTwice: number;
  readonly lost: number;
  readonly ledgerFailures: readonly string[];
  readonly bounds: readonly Bound[];
}

export function judge(observed: ObservedCell): Findings {
  const { cell, struck, healthy, deliveries, movedOn } = observed;
  const death = deathOf(cell.death);
  const same = cell.environment === 'same';
  const isKiller = death.strikes === 'always';
  const started = deliveries.flatMap((delivery) => delivery.started);
  const ended = new Set(deliveries.flatMap((delivery) => delivery.ended));
  const quarantined = new Map(
    deliveries.flatMap((delivery) => delivery.quarantined).map(({ record, reason }) => [record, reason]),
  );
  const died = deliveries.filter((delivery) => delivery.died);
  const starts = Math.max(...struck.map((record) => started.filter((other) => other === record).length));
  const passedAfter = Math.max(...struck.map((record) => deliveriesOf(record, deliveries)));
  const expected = isKiller ? struck : [];
  const wrongly = [...quarantined].filter(
    ([record, reason]) => !expected.includes(record) || reason !== 'crashed',
  ).length;
  const missing = expected.filter((record) => !quarantined.has(record)).length;
  const otherwise = died.filter(({ result }) => !death.isSeenIn(result)).length;
  const runTwice = maxRunAgain(observed);
  const lost = healthy.filter((record) => !ended.has(record)).length;
  const killers = killersIn(cell);
  const told = deliveries.reduce((sum, { answerLost }) => sum + answerLost, 0);
  const isBehindAnswer = death.strikes === 'behind-answer';
  const startedAgain = started.length - new Set(started).size;
  const bounds = [
    bound('moves-on', movedOn ? 0 : 1, 0),
    // A response that has left saves its invocation from a later death.
    bound('dies-so', otherwise + (died.length === 0 && !isBehindAnswer ? 1 : 0), 0),
    ...(isBehindAnswer ? [bound('deaths-behind-answer', Math.max(died.length, startedAgain + 1), 1)] : []),
    ...(same && isKiller ? [bound('starts', starts, attempts + 2)] : []),
    ...(!same && isKiller ? [bound('deliveries', passedAfter, killers * deliveriesForEach(cell))] : []),
    bound('told', Math.abs(told - (isBehindAnswer && died.length > 0 ? cell.batch : 0)), 0),
    bound('quarantined', wrongly + missing, 0),
    ...(same ? [bound('run-twice', runTwice, maxRunTwice(cell))] : []),
    bound('lost', lost, 0),
  ];
  return {
    deliveries: deliveries.length,
    deaths: died.length,
    starts,
    passedAfter,
    quarantined: quarantined.size,
    runTwice,
    lost,
    ledgerFailures: deliveries.flatMap((delivery) => delivery.ledgerFailed),
    bounds,
  };
}

/** Whether any bound is broken. */
export function isBroken(bounds: readonly Bound[]): boolean {
  return bounds.some(({ kept }) => !kept);
}

function bound(promise: Promised, value: number, atMost: number): Bound {
  return { promise, value, atMost, kept: value <= atMost };
}

function deliveriesOf(struck: string, deliveries: readonly Delivery[]): number {
  return deliveries.filter(({ records }) => records.includes(struck)).length;
}

/** The maximum over the deaths: healthy records started in the delivery of the death and started again later. */
function maxRunAgain({ deliveries, healthy }: ObservedCell): number {
  const isHealthy = new Set(healthy);
  const later = new Set<string>();
  let most = 0;
  for (const { died, started } of deliveries.toReversed()) {
    const mine = [...new Set(started)].filter((record) => isHealthy.has(record));
    if (died) most = Math.max(most, mine.filter((record) => later.has(record)).length);
    for (const record of mine) later.add(record);
  }
  return most;
}
