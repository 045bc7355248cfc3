import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../repo/workspace.ts';
import { concurrency } from './concurrency.ts';
import { Downstream } from './downstream.ts';
import { matrix } from './matrix.ts';

test('docs/handlers.md has the table that npm run bench -- --only concurrency prints', async () => {
  const rows = await concurrency.run(concurrency.rounds, () => {});
  const page = readFileSync(join(root, 'docs/handlers.md'), 'utf8');
  const [table] = page.match(/^\| +\| Undam, 10 .*\n(?:\|.*\n)*/m) ?? [];
  expect(table?.trimEnd()).toBe(matrix(rows));
}, 180_000);

test('a matrix has a line for each case and a column for each contender', () => {
  const row = { case: 'one', contender: 'a', value: 1_234.5, unit: 'ms' } as const;
  const rows = [
    row,
    { ...row, contender: 'b', value: 2 },
    { ...row, case: 'two', contender: 'b', unit: 'calls' as const },
  ];
  expect(matrix(rows).split('\n')).toEqual([
    '|  | a | b |',
    '| --- | ---: | ---: |',
    '| one (ms) | 1,235 | 2 |',
    '| two (calls) |  | 1,235 |',
  ]);
});

test('a downstream lets calls wait for a socket, and refuses more than it takes at once', async () => {
  const few = new Downstream({ sockets: 2 });
  await Promise.all([few.call(1), few.call(1), few.call(1)]);
  expect([few.maxAtOnce, few.refused]).toEqual([2, 0]);
  const full = new Downstream({ maxTakes: 2 });
  const settled = await Promise.allSettled([full.call(20), full.call(20), full.call(20)]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect([full.maxAtOnce, full.refused]).toEqual([2, 1]);
});
