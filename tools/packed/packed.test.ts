import { describe, expect, test } from '@jest/globals';
import { snippets } from '../docs/code-blocks.ts';
import { quickStart } from './quick-start.ts';
import { isStray } from './tarball.ts';

test('isStray tells files that are only there for tests', () => {
  const stray = ['src/a.test.ts', 'dist/a.test.js', 'src/laws/laws.fixture.ts', 'src/fixtures/handler.ts'];
  const meant = ['src/a.ts', 'dist/a.js', 'dist/contest.js', 'README.md'];
  expect([...stray, ...meant].filter(isStray)).toEqual(stray);
});

describe('quickStart', () => {
  test('is the first of the TypeScript blocks', () => {
    const markdown = '# A\n```sh\nnpm start\n```\ntext\n```ts\nconst a = 1;\n```\n```ts\nconst b = 2;\n```\n';
    expect(quickStart(markdown)).toBe('const a = 1;\n');
    expect(snippets(markdown)).toEqual(['const a = 1;\n', 'const b = 2;\n']);
  });

  test('must be there', () => {
    expect(() => quickStart('# A\n```sh\nnpm start\n```\n')).toThrow('no ```ts block');
  });
});
