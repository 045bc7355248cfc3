import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { comparison } from './comparison.ts';
import type { Figures } from './figures.ts';
import { plainSide, powertoolsSide, undamSide } from './side.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, table = ''] = /^```text\n(.*?)\n```/ms.exec(readme) ?? [];

const figures: Figures = {
  goodRecords: 3_995,
  goodRecordsDone: 3_995,
  poisonRecords: 5,
  invocations: 47,
  functionErrors: 0,
  handlerCalls: 4_004,
  repeatedCalls: 0,
  callsOutOfOrder: 0,
  longestStandstillMs: 600,
  recordsDiscarded: 0,
  recordsLost: 0,
  goodRecordsLost: 0,
  recordsQuarantined: 5,
  tookMs: 1_600,
};

// Figures of the two that lose records vary from run to run; what the table says of, and what Undam promises, does not.
test('the table in the README has the rows, columns and settings that npm start prints', () => {
  const sides = [plainSide, powertoolsSide, undamSide].map((side) => side(async () => undefined));
  const printed = comparison(sides.map(({ name, mapping }) => ({ name, mapping, figures })));
  expect(table.split('\n').map(withoutFigures)).toEqual(printed.map(withoutFigures));
});

test('Undam loses nothing in the table of the README, and quarantines what is bad', () => {
  const cell = (label: string) =>
    table
      .split('\n')
      .find((line) => line.trim().startsWith(label))
      ?.slice(-15)
      .trim();
  expect(cell('good records done')).toBe('3,995 of 3,995');
  expect(cell('quarantined with payload')).toBe('5 of 5');
  for (const label of ['discarded', 'lost: discarded', 'lost with', 'for orders', 'out of', 'failed']) {
    expect([label, cell(label)]).toEqual([label, '0']);
  }
});

/** A line with its figures masked, settings aside. */
function withoutFigures(line: string): string {
  if (line.includes('MaximumRetryAttempts')) return line;
  return line.replace(/[\d.,]*\d/g, '#').replace(/ +/g, ' ');
}
