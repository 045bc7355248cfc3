import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText } from '../packed/read-text.ts';
import { anchorsOf, faultInRepository, linksOf, pathOf } from '../packed/readme-links.ts';
import { root } from '../repo/workspace.ts';
import { codeBlocks, snippets } from './code-blocks.ts';
import { docsPages } from './pages.ts';

const pages = await docsPages();
const readme = 'packages/undam/README.md';
const docs = [...pages].filter(([path]) => path !== readme);

test.each(docs)('every link in %s leads somewhere', (path, text) => {
  const faults = linksOf(text).map((link) => [link, faultInRepository(link, path, readText)] as const);
  expect(faults.filter(([, fault]) => fault !== undefined)).toEqual([]);
});

test('every page can be reached from the README of undam', () => {
  const reached = new Set([readme]);
  for (const path of reached) {
    for (const link of linksOf(readText(path) ?? '')) {
      const target = pathOf(link, path);
      if (target !== undefined && pages.has(target)) reached.add(target);
    }
  }
  expect([...pages.keys()].filter((path) => !reached.has(path))).toEqual([]);
});

test.each([...pages])('every block in %s that names a file is a part of it', (_, text) => {
  const quoting = codeBlocks(text).filter(({ file }) => file !== undefined);
  const untrue = quoting.filter(({ file, code }) => !readFileSync(join(root, file!), 'utf8').includes(code));
  expect(untrue).toEqual([]);
});

test.each([...pages].filter(([, text]) => text.split('\n').length > 100))(
  '%s is long, and has a list of its contents',
  (_, text) => {
    const [head = ''] = text.split(/^## /m);
    const listed = linksOf(head).flatMap((link) => (link.startsWith('#') ? [link.slice(1)] : []));
    const headings = [...text.replace(/^```.*?^```/gms, '').matchAll(/^## .*$/gm)].flatMap(([line]) => anchorsOf(line));
    expect(headings.filter((heading) => !listed.includes(heading))).toEqual([]);
  },
);

test('the README of undam has 200 lines at most', () => {
  expect(pages.get(readme)!.split('\n').length).toBeLessThanOrEqual(201);
});

describe('code blocks', () => {
  const markdown = 'a\n```ts\nconst b = 1;\n```\n```ts c/d.ts\n// e\n```\n```sh\nf\n```\n';

  test('may name the file that they quote', () => {
    expect(codeBlocks(markdown).map(({ language, file, code }) => [language, file, code])).toEqual([
      ['ts', undefined, 'const b = 1;\n'],
      ['ts', 'c/d.ts', '// e\n'],
      ['sh', undefined, 'f\n'],
    ]);
  });

  test('in TypeScript that quote nothing are snippets', () => {
    expect(snippets(markdown)).toEqual(['const b = 1;\n']);
  });
});
