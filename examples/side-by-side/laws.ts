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
  return [...broken, ...ordersOutOfTurn(run, stream)];
}

/** Per customer, no order may be started after a later one of the same customer. */
function ordersOutOfTurn(run: SideRun, stream: OrderStream): string[] {
  const positions = new Map(
    stream.orders.map(({ orderId, customerId }, position) => [orderId, { customerId, position }]),
  );
  const reached = new Map<string, number>();
  const broken: string[] = [];
  for (const { orderId, step } of run.bookings) {
    const order = positions.get(orderId);
    if (step !== 'started' || !order) continue;
    const { customerId, position } = order;
    if (position < (reached.get(customerId) ?? -1))
      broken.push(`${orderId} was started behind a later order of ${customerId}`);
    else reached.set(customerId, position);
  }
  return broken;
}
