import type { OrderStream } from './order-stream.ts';
import type { SideRun } from './side.ts';

/** The promises that this run broke, in words; none if all is well. `quarantined` holds sequence numbers. */
export function brokenLaws(run: SideRun, stream: OrderStream, quarantined: ReadonlySet<string>): string[] {
  const done = new Set(run.bookings.filter(({ step }) => step === 'done').map(({ orderId }) => orderId));
  const broken: string[] = [];
  if (!run.finished) broken.push('the run was given up before the stream was through');
  for (const { orderId, sequenceNumber, poison } of stream.orders) {
    const kept = quarantined.has(sequenceNumber);
    if (!poison && !done.has(orderId)) broken.push(`${orderId} was never booked`);
    if (!poison && kept) broken.push(`${orderId} was quarantined although nothing is wrong with it`);
    if (poison && !kept) broken.push(`${orderId} (${poison}) is not in the quarantine`);
  }
  for (const { shardId, discarded } of run.shards) {
    const records = discarded.reduce((sum, discard) => sum + discard.records.length, 0);
    if (records > 0) broken.push(`the mapping discarded ${records} records of ${shardId}`);
  }
  const known = new Set(stream.orders.map((order) => order.sequenceNumber));
  for (const sequenceNumber of quarantined) {
    if (!known.has(sequenceNumber)) broken.push(`the quarantine holds ${sequenceNumber}, which was never written`);
  }
  return [...broken, ...callsOutOfOrder(run, stream)];
}

/**
 * The calls, in words, that started an order behind a later one of its customer, or between the start of an earlier one
 * and its end. An earlier one that is never done is a loss, and holds up no other.
 */
export function callsOutOfOrder({ bookings }: SideRun, stream: OrderStream): string[] {
  const doneAt = new Map<string, number>();
  for (const [index, { orderId, step }] of bookings.entries()) {
    if (step === 'done' && !doneAt.has(orderId)) doneAt.set(orderId, index);
  }
  const places = placesByOrder(stream);
  const reached = new Map<readonly string[], number>();
  const started = new Set<string>();
  return bookings.flatMap(({ orderId, step }, index) => {
    const found = places.get(orderId);
    if (step !== 'started' || !found) return [];
    const { customerId, orderIds, place } = found;
    const latest = reached.get(orderIds) ?? -1;
    started.add(orderId);
    reached.set(orderIds, Math.max(latest, place));
    if (place < latest) return [`${orderId} was started behind a later order of ${customerId}`];
    const overtaken = orderIds
      .slice(0, place)
      .find((earlier) => started.has(earlier) && (doneAt.get(earlier) ?? -1) > index);
    return overtaken === undefined ? [] : [`${orderId} was started before ${overtaken} of ${customerId} was done`];
  });
}

interface Place {
  readonly customerId: string;
  /** All orders of the customer, in the stream's order. */
  readonly orderIds: readonly string[];
  readonly place: number;
}

function placesByOrder(stream: OrderStream): Map<string, Place> {
  const customers = Map.groupBy(stream.orders, ({ customerId }) => customerId);
  return new Map(
    [...customers].flatMap(([customerId, orders]) => {
      const orderIds = orders.map(({ orderId }) => orderId);
      return orderIds.map((orderId, place) => [orderId, { customerId, orderIds, place }] as const);
    }),
  );
}
