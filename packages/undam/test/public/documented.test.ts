import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { quarantineReasons } from '../../src/envelope/reasons.ts';
import { eventLevels, majorityWarning } from '../../src/observe/names.ts';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

/** The first cells of the tables under a heading. */
function namedUnder(page: string, heading: string): string {
  const [, after = ''] = read(page).split(`\n## ${heading}\n`);
  const [part = ''] = after.split(/^## /m);
  return [...part.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell]) => cell).join('\n');
}

test('the runbook has every event that an operator may see', () => {
  const events = [...Object.keys(eventLevels), majorityWarning].filter((name) => name !== 'invocation-ended');
  const runbook = namedUnder('docs/operating.md', 'Runbook');
  expect(events.filter((name) => !runbook.includes(`\`${name}\``))).toEqual([]);
});

test('the page of the quarantine has every reason', () => {
  const table = namedUnder('docs/quarantine.md', 'When a record is quarantined');
  expect(quarantineReasons.filter((reason) => !table.includes(`\`${reason}\``))).toEqual([]);
});

test('the reference has every code of an error', () => {
  const [, union = ''] = /type UndamErrorCode =\n([\s\S]*?');/.exec(read('packages/undam/src/base/errors.ts')) ?? [];
  const codes = [...union.matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, code]) => code);
  const table = namedUnder('docs/reference.md', 'Errors that Undam throws');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !table.includes(`\`${code}\``))).toEqual([]);
});
