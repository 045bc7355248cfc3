import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../repo/workspace.ts';
import { brokenEngines } from './index.ts';

test('each broken engine finds its line exactly once', () => {
  const occurs = ({ file, line }: (typeof brokenEngines)[number]): number =>
    readFileSync(join(root, 'packages/undam/src', file), 'utf8').split(line).length - 1;
  expect(brokenEngines.length).toBeGreaterThan(80);
  expect(brokenEngines.filter((engine) => occurs(engine) !== 1)).toEqual([]);
});

test('names of broken engines are unique', () => {
  expect(new Set(brokenEngines.map(({ name }) => name)).size).toBe(brokenEngines.length);
});
