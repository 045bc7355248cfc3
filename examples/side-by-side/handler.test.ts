import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Comparison, compare } from './compare.ts';
import { comparison } from './comparison.ts';
import { type Emulators, startEmulators } from './emulators.ts';
import { orderEvents } from './order-events.ts';

let emulators: Emulators;
let result: Comparison;

beforeAll(async () => {
  emulators = await startEmulators();
  result = await compare(emulators, orderEvents(200));
}, 90_000);

afterAll(() => emulators?.stop());

describe('200 orders with five bad ones, under Undam', () => {
  test('nothing is lost, every good order is booked, exactly the bad ones are quarantined, in order per customer', () => {
    expect(result.undam.broken).toEqual([]);
    expect(result.undam.figures).toMatchObject({ goodRecordsDone: 195, recordsLost: 0, recordsQuarantined: 5 });
  });

  test('no invocation fails, and no booked order is booked again', () => {
    expect(result.undam.figures).toMatchObject({ functionErrors: 0, repeatedCalls: 0 });
  });

  test('the queue says of each bad order why it is there', () => {
    const orders = new Map(result.stream.orders.map((order) => [order.sequenceNumber, order]));
    const reasons = result.quarantine.map(({ origin, reason }) => [orders.get(origin.sequenceNumber)?.poison, reason]);
    expect(Object.fromEntries(reasons)).toEqual({
      'bad JSON': 'undecodable',
      'schema violation': 'permanent',
      'always throws': 'attempts-exhausted',
      hangs: 'timed-out',
      'slower than the time-out': 'timed-out',
    });
  });

  test('what is kept of a record is its own bytes', () => {
    const kept = result.quarantine.map(({ origin, data }) => [origin.sequenceNumber, data]);
    const written = result.stream.orders.filter((order) => order.poison);
    expect(Object.fromEntries(kept)).toEqual(
      Object.fromEntries(written.map((order) => [order.sequenceNumber, order.data.toString('base64')])),
    );
  });
});

// The laws are checked by the same code, so this also shows that they can be broken.
describe('the same orders behind the all-or-nothing handler', () => {
  test('good orders are lost with the bad ones, and booked orders are booked again', () => {
    expect(result.plain.figures.goodRecordsLost).toBeGreaterThan(0);
    expect(result.plain.figures.repeatedCalls).toBeGreaterThan(0);
    expect(result.plain.broken).toContainEqual(expect.stringMatching(/^order-\d+ was never booked$/));
    expect(result.plain.broken).toContainEqual(expect.stringMatching(/^the mapping discarded \d+ records/));
    expect(result.plain.broken).toContainEqual(expect.stringMatching(/was started behind a later order/));
  });
});

// What Powertools loses or repeats is measured, not expected: here the figures only have to say the same as the laws.
describe('the same orders behind BatchProcessor', () => {
  test('the mapping is that of the all-or-nothing handler, and reads the reports', () => {
    const reports = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
    expect(result.powertools.mapping).toEqual({ ...result.plain.mapping, ...reports });
  });

  test('the figures count what the laws name, record by record', () => {
    const { broken, figures } = result.powertools;
    const named = (law: RegExp) => broken.filter((line) => law.test(line));
    const discarded = named(/^the mapping discarded/).map((line) => Number(/\d+/.exec(line)));
    expect(figures).toMatchObject({
      goodRecordsDone: 195 - named(/was never booked$/).length,
      recordsDiscarded: discarded.reduce((sum, records) => sum + records, 0),
      callsOutOfOrder: named(/was started (behind a later|before)/).length,
      recordsQuarantined: 5 - named(/is not in the quarantine$/).length,
    });
    expect(named(/given up/)).toEqual([]);
  });

  test('a call is a first one, a repeat, or one that ended in a failure', () => {
    const { goodRecordsDone, handlerCalls, repeatedCalls } = result.powertools.figures;
    expect(handlerCalls).toBeGreaterThanOrEqual(goodRecordsDone + repeatedCalls);
  });
});

test('the table shows the three sides, what their mappings set, and fits 80 columns', () => {
  const lines = comparison([result.plain, result.powertools, result.undam]);
  expect(lines[0]?.trim().split(/ {2,}/)).toEqual(['all or nothing', 'Powertools', 'under Undam']);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}good records done .* 195 of 195$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}MaximumRetryAttempts +2 +2 +-1$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}ReportBatchItemFailures +no +yes +yes$/));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
