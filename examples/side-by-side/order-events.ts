import type { Order } from './orders.ts';

/** What is wrong with a record. */
export type Poison = 'bad JSON' | 'schema violation' | 'always throws' | 'hangs' | 'slower than the time-out';

/** One order on its way into the stream. */
export interface OrderEvent {
  readonly orderId: string;
  /** The partition key. */
  readonly customerId: string;
  readonly data: Buffer;
  readonly poison?: Poison;
}

const items = ['kettle', 'desk-lamp', 'backpack', 'tea', 'notebook', 'bicycle-bell', 'headphones', 'garden-hose'];
const poisons: readonly Poison[] = [
  'bad JSON',
  'schema violation',
  'always throws',
  'hangs',
  'slower than the time-out',
];
const badItems: Partial<Record<Poison, string>> = {
  'always throws': 'recalled-toaster',
  hangs: 'bottomless-cup',
  'slower than the time-out': 'grand-piano',
};

/** The same `count` orders every time, of many customers, some of them busy; one record of each poison among them. */
export function orderEvents(count: number): OrderEvent[] {
  const random = seededRandom(20_261);
  const customers = Math.max(10, Math.round(count / 8));
  // Spread over the middle of the stream, so that good records stand before and behind each of them.
  const spots = new Map(poisons.map((poison, n) => [Math.round(((n + 1) * count) / (poisons.length + 1)), poison]));
  return Array.from({ length: count }, (_, n) => {
    // Squared: some customers order far more often than others.
    const customerId = `customer-${Math.floor(random() ** 2 * customers)}`;
    const quantity = 1 + Math.floor(random() * 4);
    const total = quantity * (500 + Math.floor(random() * 20_000));
    const item = items[Math.floor(random() * items.length)] ?? 'tea';
    return orderEvent({ orderId: `order-${n + 1}`, customerId, item, quantity, total }, spots.get(n));
  });
}

function orderEvent(order: Order, poison: Poison | undefined): OrderEvent {
  const { orderId, customerId } = order;
  const text = JSON.stringify({ ...order, item: (poison && badItems[poison]) ?? order.item });
  if (poison === undefined) return { orderId, customerId, data: Buffer.from(text) };
  if (poison === 'bad JSON') return { orderId, customerId, poison, data: Buffer.from(text.slice(0, -20)) };
  if (poison === 'schema violation') {
    return { orderId, customerId, poison, data: Buffer.from(JSON.stringify({ ...order, quantity: 'two' })) };
  }
  return { orderId, customerId, poison, data: Buffer.from(text) };
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
