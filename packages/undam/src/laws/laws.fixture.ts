import { isHealthy } from './scenario.fixture.ts';
import type { Delivery, Start, Trace } from './world.fixture.ts';

/** Each law, checked from outside: from what handler, sink and mapping saw. An answer is what broke it. */
export const laws: Readonly<Record<string, (trace: Trace) => string | undefined>> = {
  'no-loss': (trace) => each(trace, noLoss),
  'lane-order': laneOrder,
  'bounded-block': boundedBlock,
  'head-progress': (trace) => each(trace, headProgress),
  innocent,
  uncharged,
  'done-once': doneOnce,
  'in-budget': (trace) => each(trace, inBudget),
};

/** The laws that a trace breaks, with what broke them. */
export function broken(trace: Trace): string[] {
  return Object.entries(laws).flatMap(([law, check]) => {
    const why = check(trace);
    return why === undefined ? [] : [`${law}: ${why}`];
  });
}

function noLoss(trace: Trace, { number, batch, result, to }: Delivery): string | undefined {
  if (result.kind !== 'response') return undefined;
  for (const record of batch) {
    if (result.reported.includes(record)) continue;
    if (!wasDone(trace, record, to) && !wasStored(trace, record, to)) {
      return `delivery ${number} does not report record ${record}, which is neither done nor stored by the sink`;
    }
  }
  return undefined;
}

function laneOrder({ scenario, starts, ...trace }: Trace): string | undefined {
  const twice = starts.find((start) => starts.some((other) => overlaps(other, start)));
  if (twice !== undefined) return `record ${twice.record} was started again at ${twice.at} while it was still running`;
  if (scenario.order === 'none') return undefined;
  for (const start of starts) {
    const { batch } = trace.deliveries[start.delivery]!;
    for (const earlier of batch.slice(0, batch.indexOf(start.record))) {
      const key = scenario.records[earlier]!.key;
      const sameLane = scenario.order === 'shard' || (key !== undefined && key === scenario.records[start.record]!.key);
      if (!sameLane) continue;
      const passed = trace.sent.some(
        ({ record, acknowledged = Infinity }) => record === earlier && acknowledged <= start.at,
      );
      if (!passed && !wasDone({ starts }, earlier, start.at)) {
        return `record ${start.record} started at ${start.at} while record ${earlier} of its lane was unresolved`;
      }
    }
  }
  return undefined;
}

/** Two starts of one record in one invocation, the second before the first has settled. */
function overlaps(first: Start, second: Start): boolean {
  const sameRun = first !== second && first.record === second.record && first.delivery === second.delivery;
  return sameRun && first.at <= second.at && (first.ended?.at ?? Infinity) > second.at;
}

/** Once nothing but the records themselves is in the way, everything ends. */
function boundedBlock(trace: Trace): string | undefined {
  const { scenario, deliveries } = trace;
  const end = deliveries.at(-1);
  const unresolved = scenario.records.findIndex(
    (_, record) => !wasDone(trace, record, Infinity) && !wasStored(trace, record, Infinity),
  );
  const mayStay = (record: number): boolean => scenario.records[record]!.steps.at(-1)!.does === 'outage';
  const behindOutage = scenario.records.some((_, record) => mayStay(record));
  if (unresolved >= 0 && !behindOutage)
    return `record ${unresolved} is still unresolved after ${deliveries.length} deliveries`;
  if (end?.result.kind !== 'response' && !behindOutage) return 'the last delivery failed as a whole';
  const forgets = scenario.ledger.some((step) => step !== 'works' && step !== 'slow');
  if (forgets) return undefined;
  for (const [record] of scenario.records.entries()) {
    const rejections = trace.starts.filter(
      (start) => start.record === record && wasRejectedInTime(trace, start),
    ).length;
    if (rejections > scenario.attempts) {
      return `record ${record} was started ${rejections} times to be rejected, with ${scenario.attempts} attempts`;
    }
  }
  return undefined;
}

function headProgress(trace: Trace, { number, batch, result, trouble, from, to }: Delivery): string | undefined {
  const head = batch[0]!;
  if (result.kind !== 'response' || trouble || !result.reported.includes(head)) return undefined;
  // A neighbour that keeps the event loop still for most of the head's time has it given back: it runs alone next.
  if (trace.standstills.some((still) => still.to > from && still.from < to)) return undefined;
  const starts = trace.starts.filter((start) => start.record === head && start.delivery === number);
  const charged = starts.some((start) => wasCharged(trace, start) || start.ended?.how === 'outage');
  return charged ? undefined : `delivery ${number} reports its first record ${head} without having charged it`;
}

/** A record that never fails by itself is never quarantined. */
function innocent({ scenario, sent }: Trace): string | undefined {
  const victim = sent.find(({ record }) => isHealthy(scenario.records[record]!));
  return victim && `the healthy record ${victim.record} was quarantined (${victim.envelope.reason})`;
}

function uncharged(trace: Trace): string | undefined {
  for (const { record, envelope, delivery } of trace.sent) {
    if (envelope.reason !== 'attempts-exhausted' && envelope.reason !== 'timed-out') continue;
    const charges = trace.starts.filter(
      (start) => start.record === record && start.delivery <= delivery && wasCharged(trace, start),
    ).length;
    if (charges < trace.scenario.attempts) {
      return `record ${record} was quarantined as ${envelope.reason} after ${charges} charges of ${trace.scenario.attempts}`;
    }
  }
  return undefined;
}

function doneOnce(trace: Trace): string | undefined {
  const { scenario, starts, deliveries, sent } = trace;
  const remembers = scenario.ledger.every((step) => step === 'works' || step === 'slow');
  const repeated = starts.find(({ record, delivery }) => {
    return starts.some((start) => start.record === record && start.delivery < delivery && wasFinished(trace, start));
  });
  if (remembers && repeated !== undefined) return `record ${repeated.record} was done, and was started again`;
  for (const { record, delivery } of starts) {
    const state = deliveries[delivery]?.recalled.get(record);
    if (state !== undefined && state !== 'open')
      return `record ${record} was started although recall named it ${state}`;
  }
  for (const { record, envelope } of sent) {
    const first = sent.find((other) => other.record === record)!.envelope.id;
    if (envelope.id !== first) return `record ${record} was sent under two ids`;
  }
  return undefined;
}

function inBudget(trace: Trace, { number, result, to, deadline, timersLeft }: Delivery): string | undefined {
  const reserved = deadline - trace.scenario.reserveMs;
  // A handler that keeps the event loop still into the reserve is beyond anybody's help but Lambda's.
  if (trace.standstills.some((still) => still.from < to && still.to > reserved && still.to <= to)) return undefined;
  if (result.kind === 'killed') return `delivery ${number} was killed at its deadline`;
  if (to > deadline - 50) return `delivery ${number} ended ${deadline - to} ms before its deadline`;
  return timersLeft > 0 ? `delivery ${number} left ${timersLeft} timers behind` : undefined;
}

function each(trace: Trace, check: (trace: Trace, delivery: Delivery) => string | undefined): string | undefined {
  for (const delivery of trace.deliveries) {
    const why = check(trace, delivery);
    if (why !== undefined) return why;
  }
  return undefined;
}

function wasDone({ starts }: Pick<Trace, 'starts'>, record: number, by: number): boolean {
  return starts.some((start) => start.record === record && start.ended?.how === 'ok' && start.ended.at <= by);
}

function wasStored({ sent }: Trace, record: number, by: number): boolean {
  return sent.some((entry) => entry.record === record && (entry.stored ?? Infinity) <= by);
}

/** Rejected before the budget could cut it off, which would give the attempt back. */
function wasRejectedInTime({ scenario, deliveries }: Trace, { delivery, ended }: Start): boolean {
  return ended?.how === 'rejected' && ended.at < deliveries[delivery]!.deadline - scenario.reserveMs;
}

/** Done in its time, in a delivery that was answered. */
function wasFinished({ scenario, deliveries }: Trace, { at, delivery, ended }: Start): boolean {
  const { result, deadline } = deliveries[delivery]!;
  if (result.kind !== 'response' || ended?.how !== 'ok') return false;
  return ended.at < deadline - scenario.reserveMs && ended.at - at < (scenario.recordMs ?? Infinity);
}

/** A start that ended in a rejection, in a time-out after its full `recordMs`, or in a cut as first record of its batch. */
function wasCharged({ scenario, deliveries, standstills }: Trace, start: Start): boolean {
  if (start.ended?.how === 'rejected') return true;
  const { batch, deadline, to } = deliveries[start.delivery]!;
  const { recordMs = Infinity, reserveMs } = scenario;
  const endedAt = start.ended?.at ?? Infinity;
  const until = Math.min(endedAt, to);
  // Of each stand-still, less than one beat and a timer's own lateness can go unseen (watch.ts).
  const unseenMs = Math.min(50, Math.max(5, recordMs / 10)) + 5;
  const stoodStillMs = standstills.reduce((sum, still) => {
    return sum + Math.max(0, Math.min(still.to, until) - Math.max(still.from, start.at) - unseenMs);
  }, 0);
  if (until - start.at - stoodStillMs >= recordMs) return true;
  return batch[0] === start.record && endedAt >= deadline - reserveMs;
}
