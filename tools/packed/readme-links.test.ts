import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root, workspacePackages } from '../repo/workspace.ts';
import { anchorsOf, faultOf, linksOf } from './readme-links.ts';

const packages = await workspacePackages();

/** The text of a file, and none for a folder. */
function read(path: string): string | undefined {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isFile() ? readFileSync(join(root, path), 'utf8') : '';
}

test.each(packages.map(({ folder }) => folder.slice(folder.indexOf('packages/'))))(
  'every link in the README of %s works on npm',
  (folder) => {
    const readme = read(`${folder}/README.md`)!;
    const faults = linksOf(readme).map((link) => [link, faultOf(link, readme, read)] as const);
    expect(faults.filter(([, fault]) => fault !== undefined)).toEqual([]);
  },
);

describe('faultOf', () => {
  const file = 'https://github.com/undam/undam/blob/main';
  const fault = (link: string): string | undefined => faultOf(link, '# A\n', read);

  test.each([
    ['../../ARCHITECTURE.md', 'relative'],
    ['docs/page.md#part', 'relative'],
    ['/ARCHITECTURE.md', 'relative'],
    [`${file}/NO-SUCH-FILE.md`, 'there is no NO-SUCH-FILE.md'],
    [`${file}/ARCHITECTURE.md#no-such-part`, 'no heading makes #no-such-part'],
    ['https://github.com/undam/undam/blob/other/ARCHITECTURE.md', 'blob/main'],
    ['#b', 'no heading makes #b'],
  ])('finds %s', (link, text) => {
    expect(fault(link)).toContain(text);
  });

  test.each([
    ['#a'],
    [`${file}/ARCHITECTURE.md`],
    ['https://github.com/undam/undam/tree/main/examples'],
    ['https://middy.js.org'],
  ])('has nothing against %s', (link) => {
    expect(fault(link)).toBeUndefined();
  });
});

test('links are those of text, references, images and HTML, not those of code', () => {
  const markdown = '[a](b) ![c](d "e")\n[f]: g\n<a href="h">i</a>\n`[j](k)`\n```md\n[l](m)\n```\n[n\no](p)\n';
  expect(linksOf(markdown)).toEqual(['b', 'd', 'p', 'g', 'h']);
});

test('anchors are made as GitHub does', () => {
  expect(anchorsOf('## What operators see\n### `observeWith({ logger, metrics, … })`\n```sh\n# no\n```\n')).toEqual([
    'what-operators-see',
    'observewith-logger-metrics--',
  ]);
});
