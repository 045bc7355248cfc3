import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { workspacePackages } from '../repo/workspace.ts';
import { privateCondition, publishedManifest } from './published-manifest.ts';

const packages = await workspacePackages();
const read = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;

test('a published manifest is open and knows no private condition, at whatever depth', () => {
  const inner = { [privateCondition]: './src/a.ts', import: { [privateCondition]: './src/b.ts', default: './b.js' } };
  const manifest = { name: 'a', private: true, exports: { '.': inner }, files: ['dist'] };
  const exports = { '.': { import: { default: './b.js' } } };
  expect(publishedManifest(manifest)).toEqual({ name: 'a', exports, files: ['dist'] });
});

test.each(packages.map(({ folder, manifest: { name } }) => [name, read(folder), folder] as const))(
  '%s is published by the pack tool alone, and says where it comes from',
  (_, manifest, folder) => {
    // npm refuses to publish the folder itself, whose manifest names the private condition.
    expect(manifest.private).toBe(true);
    expect(JSON.stringify(publishedManifest(manifest))).not.toContain(privateCondition);
    const directory = folder.slice(folder.indexOf('packages/'));
    const repository = 'https://github.com/undam/undam';
    expect(manifest).toMatchObject({
      repository: { type: 'git', url: `git+${repository}.git`, directory },
      homepage: `${repository}/tree/main/${directory}#readme`,
      bugs: { url: `${repository}/issues` },
    });
  },
);
