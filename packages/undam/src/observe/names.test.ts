import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  eventLevels,
  loggedKeys,
  logKeys,
  majorityWarning,
  metricMetadata,
  metricUnits,
  reasonMetrics,
  streamDimension,
} from './names.ts';

const page = readFileSync(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8');
const section = /\n## What operators see\n([\s\S]*?)\n## /.exec(page)![1]!;

/** The first two columns of a table, in code font. */
function rowsOf(firstColumn: string): Record<string, string> {
  const table = new RegExp(`\\n\\| ${firstColumn} \\|.*\\n\\|[ -|]+\\n((?:\\|.*\\n)+)`).exec(section)![1]!;
  const rows = table.trim().split('\n');
  const cells = rows.map((row) => [...row.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/g)][0] ?? [row, row, 'no names']);
  return Object.fromEntries(cells.map(([, name, second]) => [name, second]));
}

function namedAfter(words: string): string[] {
  const sentence = section.slice(section.indexOf(words) + words.length).split(/\.(?:\s|$)/)[0]!;
  return [...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

test('the page lists each event with its level', () => {
  expect(rowsOf('event')).toEqual(eventLevels);
});

test('the page lists each metric with its unit', () => {
  const reasons = Object.values(reasonMetrics).map((name) => [name, 'Count']);
  expect(rowsOf('metric')).toEqual({ ...metricUnits, ...Object.fromEntries(reasons) });
});

test('the page names the dimension, the keys for a search, the keys of a line, and the warning', () => {
  expect(namedAfter('Dimensions: ')).toEqual(['service', streamDimension]);
  expect(namedAfter('for searching: ')).toEqual(metricMetadata);
  expect(namedAfter('what is ours under ')).toEqual([logKeys.ours, logKeys.correlationId]);
  expect(namedAfter('Under `undam`:')).toEqual(loggedKeys);
  expect(namedAfter('adds the warning ')).toEqual([majorityWarning]);
});

test('no metric has the name of a dimension, nor do two have one', () => {
  const names = [...Object.keys(metricUnits), ...Object.values(reasonMetrics), streamDimension, ...metricMetadata];
  expect(new Set(names).size).toBe(names.length);
});
