import type { Envelope } from 'undam/envelope';
import type { OrderStream } from './order-stream.ts';

/** What lies in the queue, one line a record: where it came from and why it is there, never its payload. */
export function quarantineTable(envelopes: readonly Envelope[], stream: OrderStream): string[] {
  const orders = new Map(stream.orders.map((order, position) => [order.sequenceNumber, { ...order, position }]));
  const rows = envelopes
    .map((envelope) => ({ envelope, order: orders.get(envelope.origin.sequenceNumber) }))
    .toSorted((a, b) => (a.order?.position ?? 0) - (b.order?.position ?? 0))
    .map(({ envelope, order }) => {
      const { reason, attempts, origin } = envelope;
      const shard = origin.shardId?.replace(/^shardId-0*(?=\d)/, '') ?? '?';
      const place = `${shard.padEnd(7)}…${origin.sequenceNumber.slice(-12)}`;
      const tried = `${attempts.started} (${attempts.failed} failed, ${attempts.timedOut} timed out)`;
      return row(order?.orderId ?? '?', place, order?.poison ?? 'nothing', reason, tried);
    });
  return [row('order', 'shard  sequence no.', 'what is wrong', 'reason', 'attempts'), `  ${'─'.repeat(98)}`, ...rows];
}

function row(order: string, place: string, poison: string, reason: string, attempts: string): string {
  return `  ${order.padEnd(12)}${place.padEnd(21)}${poison.padEnd(18)}${reason.padEnd(20)}${attempts}`.slice(0, 100);
}
