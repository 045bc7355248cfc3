import { beforeAll, expect, test } from '@jest/globals';
import { orderEvents } from './order-events.ts';
import { runTable, type TableRun, tableLines } from './table-changes.ts';

let run: TableRun;

beforeAll(async () => {
  run = await runTable(orderEvents(200));
}, 60_000);

test('every good change of the table is booked, in order per item, and exactly the bad ones are quarantined', () => {
  expect(run).toMatchObject({ broken: [], changes: 200, booked: 195, goodChanges: 195, quarantined: 5, badChanges: 5 });
});

test('the terminal says that this part is simulated, within 100 columns', () => {
  const lines = tableLines(run);
  expect(lines.join('\n')).toMatch(/DynamoDB Streams, simulated .*no emulator/);
  expect(lines.join('\n')).toMatch(/195 of 195/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});
