import { describe, expect, test } from '@jest/globals';
import { workspacePackages } from '../repo/workspace.ts';
import { readText as read } from './read-text.ts';
import { anchorsOf, faultInRepository, faultOf, linksOf } from './readme-links.ts';

const packages = await workspacePackages();

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

describe('faultInRepository', () => {
  const fault = (link: string): string | undefined => faultInRepository(link, 'docs/event-source-mapping.md', read);

  test.each([
    ['no-such-page.md', 'there is no docs/no-such-page.md'],
    ['../ARCHITECTURE.md#no-such-part', 'no heading makes #no-such-part'],
    ['#no-such-part', 'no heading makes #no-such-part'],
    ['https://github.com/undam/undam/blob/main/ARCHITECTURE.md', 'relative'],
  ])('finds %s', (link, text) => {
    expect(fault(link)).toContain(text);
  });

  test.each([['../ARCHITECTURE.md#terms'], ['../examples'], ['#recorded-and-not-modelled'], ['https://middy.js.org']])(
    'has nothing against %s',
    (link) => {
      expect(fault(link)).toBeUndefined();
    },
  );
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
