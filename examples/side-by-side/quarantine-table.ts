import type { AttemptCounts, Envelope } from 'undam/envelope';
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
      // The end of the number is what differs.
      const sequenceNumber = `…${origin.sequenceNumber.slice(-12)}`;
      return row(order?.orderId ?? '?', shard, sequenceNumber, order?.poison ?? 'nothing', reason, counted(attempts));
    });
  const head = row('order', 'shard', 'sequence no.', 'what is wrong with it', 'reason', 'attempts');
  return [head, `  ${'─'.repeat(96)}`, ...rows];
}

function row(order: string, shard: string, number: string, poison: string, reason: string, attempts: string): string {
  return `  ${order.padEnd(12)}${shard.padEnd(7)}${number.padEnd(15)}${poison.padEnd(26)}${reason.padEnd(20)}${attempts}`;
}

function counted({ failed, timedOut, crashed }: AttemptCounts): string {
  const parts = [
    failed > 0 && `${failed} failed`,
    timedOut > 0 && `${timedOut} timed out`,
    crashed > 0 && `${crashed} crashed`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
