import { longestStandstillMs } from '@undam/simulator';
import { callsOutOfOrder } from './laws.ts';
import type { OrderStream } from './order-stream.ts';
import type { SideRun } from './side.ts';

/** One side in figures. */
export interface Figures {
  readonly goodRecords: number;
  readonly goodRecordsDone: number;
  readonly poisonRecords: number;
  readonly invocations: number;
  readonly functionErrors: number;
  /** Calls of the business function. */
  readonly handlerCalls: number;
  /** Those of them for orders that had been booked before. */
  readonly repeatedCalls: number;
  /** Those of them that started an order out of its customer's order. */
  readonly callsOutOfOrder: number;
  readonly longestStandstillMs: number;
  readonly recordsDiscarded: number;
  /** Discarded by the mapping, never booked, never quarantined. */
  readonly recordsLost: number;
  readonly goodRecordsLost: number;
  readonly recordsQuarantined: number;
  readonly tookMs: number;
}

/** Counts what one run came to. `quarantined` holds sequence numbers. */
export function figuresOf(run: SideRun, stream: OrderStream, quarantined: ReadonlySet<string>): Figures {
  const done = new Set<string>();
  let handlerCalls = 0;
  let repeatedCalls = 0;
  for (const { orderId, step } of run.bookings) {
    if (step === 'done') done.add(orderId);
    else handlerCalls += 1;
    if (step === 'started' && done.has(orderId)) repeatedCalls += 1;
  }
  const discarded = new Set(run.shards.flatMap((shard) => shard.discarded).flatMap(sequenceNumbersOf));
  const good = stream.orders.filter((order) => !order.poison);
  const lost = stream.orders.filter(
    ({ sequenceNumber, orderId }) =>
      discarded.has(sequenceNumber) && !done.has(orderId) && !quarantined.has(sequenceNumber),
  );
  return {
    goodRecords: good.length,
    goodRecordsDone: good.filter((order) => done.has(order.orderId)).length,
    poisonRecords: stream.orders.length - good.length,
    invocations: run.shards.reduce((sum, shard) => sum + shard.invocations, 0),
    functionErrors: run.shards.reduce((sum, shard) => sum + shard.functionErrors, 0),
    handlerCalls,
    repeatedCalls,
    callsOutOfOrder: callsOutOfOrder(run, stream).length,
    longestStandstillMs: Math.round(Math.max(0, ...run.shards.map(longestStandstillMs))),
    recordsDiscarded: discarded.size,
    recordsLost: lost.length,
    goodRecordsLost: lost.filter((order) => !order.poison).length,
    recordsQuarantined: quarantined.size,
    tookMs: Math.round(run.tookMs),
  };
}

function sequenceNumbersOf(discard: { records: readonly { sequenceNumber: string }[] }): string[] {
  return discard.records.map((record) => record.sequenceNumber);
}
