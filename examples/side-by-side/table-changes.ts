import { type Arrival, type ItemChange, type SimulationResult, simulate } from '@undam/simulator';
import { decodeEnvelope } from 'undam/envelope';
import { localAccount } from './emulators.ts';
import type { OrderEvent } from './order-events.ts';
import type { Order } from './orders.ts';
import { timeoutMs, undamSide } from './side.ts';

/** What became of a table's changes under Undam, in figures. */
export interface TableRun {
  readonly changes: number;
  readonly customers: number;
  readonly booked: number;
  readonly goodChanges: number;
  readonly quarantined: number;
  readonly badChanges: number;
  readonly invocations: number;
  /** The promises that were not kept, in words. */
  readonly broken: readonly string[];
}

const queueUrl = (name: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`;

/**
 * Sends the orders through a DynamoDB stream: each is a change of its customer's item. No emulator at hand has DynamoDB
 * Streams, so stream, mapping and queues are the simulator's, under virtual time; the handler is unchanged.
 */
export async function runTable(events: readonly OrderEvent[]): Promise<TableRun> {
  const { mapping } = undamSide(async () => {});
  const result = await simulate({
    handler: new URL('./table-handler.ts', import.meta.url),
    variables: { ...localAccount, QUARANTINE_URL: queueUrl('quarantine'), BOOKED_URL: queueUrl('booked') },
    // One shard keeps to one environment: another would not have what the first one remembers.
    stream: { kind: 'dynamodb', shards: 1 },
    records: arrivals(events),
    mapping,
    function: { timeoutMs },
  });
  return figures(result, events);
}

/** The run as lines of text, at most 100 columns. */
export function tableLines(run: TableRun): string[] {
  const row = (label: string, value: string): string => `  ${label.padEnd(46)}${value.padStart(20)}`;
  return [
    '  DynamoDB Streams, simulated (no emulator at hand has them): stream, mapping and queues are',
    `  @undam/simulator's own, under virtual time. ${run.changes} changes of ${run.customers} customers' items:`,
    '',
    row('good changes done', `${run.booked} of ${run.goodChanges}`),
    row('changes quarantined, images kept', `${run.quarantined} of ${run.badChanges} bad`),
    row('invocations', String(run.invocations)),
  ];
}

function arrivals(events: readonly OrderEvent[]): Arrival[] {
  const latest = new Map<string, ItemChange['NewImage']>();
  return events.map((event) => {
    const Keys = { customerId: { S: event.customerId } };
    const OldImage = latest.get(event.customerId);
    const NewImage = { ...Keys, ...imageOf(event) };
    latest.set(event.customerId, NewImage);
    return {
      put: OldImage ? { eventName: 'MODIFY', Keys, NewImage, OldImage } : { eventName: 'INSERT', Keys, NewImage },
    };
  });
}

/** A cut-off text has no like in a table: such an order has no more than its name. */
function imageOf({ orderId, data, poison }: OrderEvent): NonNullable<ItemChange['NewImage']> {
  if (poison === 'bad JSON') return { orderId: { S: orderId } };
  const order = JSON.parse(data.toString()) as Order;
  const attributes = Object.entries(order).map(([name, value]) => {
    return [name, typeof value === 'number' ? { N: String(value) } : { S: value }] as const;
  });
  return Object.fromEntries(attributes);
}

function figures(result: SimulationResult, events: readonly OrderEvent[]): TableRun {
  const bodies = (name: string) => (result.queues.get(queueUrl(name)) ?? []).map(({ body }) => body);
  const booked = bodies('booked');
  const quarantined = new Set(bodies('quarantine').map((body) => orderIdIn(decodeEnvelope(body).data)));
  const bad = events.filter(({ poison }) => poison);
  return {
    changes: events.length,
    customers: new Set(events.map(({ customerId }) => customerId)).size,
    booked: new Set(booked).size,
    goodChanges: events.length - bad.length,
    quarantined: quarantined.size,
    badChanges: bad.length,
    invocations: result.invocations.length,
    broken: [...fates(result), ...misplaced(events, booked, quarantined), ...outOfTurn(events, booked)],
  };
}

function orderIdIn(data: string): string {
  return JSON.parse(Buffer.from(data, 'base64').toString()).dynamodb.NewImage.orderId.S;
}

function fates({ records }: SimulationResult): string[] {
  const lost = records.filter(({ fate }) => fate !== 'processed');
  return lost.map(({ record, fate }) => `change ${record.sequenceNumber} of the table is ${fate}`);
}

function misplaced(
  events: readonly OrderEvent[],
  booked: readonly string[],
  quarantined: ReadonlySet<string>,
): string[] {
  const done = new Set(booked);
  const wrong = events.filter(({ orderId, poison }) => {
    return done.has(orderId) !== !poison || quarantined.has(orderId) !== Boolean(poison);
  });
  const twice =
    booked.length > done.size ? [`${booked.length - done.size} changes of the table were booked again`] : [];
  return [...wrong.map(({ orderId }) => `${orderId} of the table is not where it belongs`), ...twice];
}

/** Per customer, no order may be booked behind a later one. */
function outOfTurn(events: readonly OrderEvent[], booked: readonly string[]): string[] {
  const places = new Map(events.map(({ orderId, customerId }, place) => [orderId, { customerId, place }]));
  const reached = new Map<string, number>();
  return booked
    .filter((orderId) => {
      const { customerId, place } = places.get(orderId)!;
      const isLate = place < (reached.get(customerId) ?? -1);
      reached.set(customerId, Math.max(place, reached.get(customerId) ?? -1));
      return isLate;
    })
    .map((orderId) => `${orderId} of the table was booked behind a later one of its customer`);
}
