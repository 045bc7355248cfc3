import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { quickStart } from '../packed/quick-start.ts';
import { typeScriptFiles } from './imports.ts';
import { root } from './workspace.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the handler in the README is the quick start that its test runs', () => {
  const example = read('examples/quick-start/handler.ts');
  expect(quickStart(read('README.md'))).toBe(example.replace(/^\/\/.*\n/, ''));
});

test.each([
  ['README.md', 'undam'],
  ['packages/undam/README.md', 'undam'],
  ['packages/simulator/README.md', 'simulator'],
])('%s asks for the Node that the package does', (readme, name) => {
  const [, version] = /^Node (\d+\.\d+) or later/m.exec(read(readme)) ?? [];
  const { engines } = JSON.parse(read(`packages/${name}/package.json`)) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${version}`);
});

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names files that are there', async (page) => {
  const named = [...read(page).matchAll(/`(\w[\w./-]*\.ts)`/g)].map(([, file]) => `/${file}`);
  const files = (await typeScriptFiles(root)).map((file) => `/${file}`);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => !files.some((file) => file.endsWith(name)))).toEqual([]);
});
