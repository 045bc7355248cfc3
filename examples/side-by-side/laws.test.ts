import { expect, test } from '@jest/globals';
import type { Booking } from './booking-log.ts';
import { brokenLaws } from './laws.ts';
import type { PlacedOrder } from './order-stream.ts';
import type { SideRun } from './side.ts';

const shardId = 'shardId-000000000000';
const orders: readonly PlacedOrder[] = [
  order('order-1', 'customer-1', '1'),
  order('order-2', 'customer-1', '2'),
  { ...order('order-3', 'customer-2', '3'), poison: 'always throws' },
];
const stream = { streamName: 'orders', orders, untilSequenceNumbers: new Map([[shardId, '3']]) };
const bookings = [...booked('order-1'), ...booked('order-2'), started('order-3')];

test('a run that keeps every promise breaks none', () => {
  expect(broken({})).toEqual([]);
});

test('a good order that was never booked is named', () => {
  expect(broken({ bookings: bookings.slice(2) })).toEqual(['order-1 was never booked']);
});

test('the quarantine holds neither too little nor too much', () => {
  expect(broken({}, [])).toEqual(['order-3 (always throws) is not in the quarantine']);
  expect(broken({}, ['2', '3'])).toEqual(['order-2 was quarantined although nothing is wrong with it']);
  expect(broken({}, ['3', '4'])).toEqual(['the quarantine holds 4, which was never written']);
});

test('what the mapping discarded is counted', () => {
  const records = [
    { shardId, sequenceNumber: '1', partitionKey: 'k', data: Buffer.of(), approximateArrivalTimestamp: 0 },
  ];
  const discard = {
    records,
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 1,
    functionError: null,
    shardId,
    requestId: 'request',
    reachedFunction: true,
    event: () => ({}),
  } as const;
  expect(broken({ shards: [{ ...shard, discarded: [discard] }] })).toEqual([
    `the mapping discarded 1 records of ${shardId}`,
  ]);
});

test("an order that starts behind a later one of its customer's is named; a second attempt is not", () => {
  const swapped = [...booked('order-2'), ...booked('order-1')];
  expect(broken({ bookings: swapped })).toEqual(['order-1 was started behind a later order of customer-1']);
  expect(broken({ bookings: [started('order-1'), ...bookings] })).toEqual([]);
});

test("an order that starts before an earlier one of its customer's is done is named; beside another customer's it may", () => {
  const beside = [started('order-1'), started('order-2'), done('order-1'), done('order-2')];
  expect(broken({ bookings: beside })).toEqual(['order-2 was started before order-1 of customer-1 was done']);
  expect(broken({ bookings: [started('order-1'), started('order-3'), ...bookings] })).toEqual([]);
});

test('an order that is never done holds up no later one', () => {
  expect(broken({ bookings: [started('order-1'), ...booked('order-2')] })).toEqual(['order-1 was never booked']);
});

test('a run that was given up says so', () => {
  expect(broken({ finished: false })).toEqual(['the run was given up before the stream was through']);
});

const none = { functionErrors: 0, passedThoughReported: 0, startedAt: 0, advances: [], discarded: [] };
const shard = { shardId, invocations: 1, ...none };

function broken(run: Partial<SideRun>, quarantined: readonly string[] = ['3']): string[] {
  return brokenLaws({ shards: [shard], bookings, tookMs: 1, finished: true, ...run }, stream, new Set(quarantined));
}

function order(orderId: string, customerId: string, sequenceNumber: string): PlacedOrder {
  return { orderId, customerId, sequenceNumber, shardId, data: Buffer.of() };
}

function started(orderId: string): Booking {
  return { orderId, step: 'started' };
}

function done(orderId: string): Booking {
  return { orderId, step: 'done' };
}

function booked(orderId: string): Booking[] {
  return [started(orderId), done(orderId)];
}
