import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../../repo/run-command.ts';
import { root } from '../../repo/workspace.ts';
import { fingerprint, partsSoaked } from './fingerprint.ts';

/** Prints every file of ours that one seed loads, relative to the root. */
const loadedBySeed = `
  const { registerHooks } = require('node:module');
  const loaded = new Set();
  registerHooks({ load(url, context, next) { loaded.add(url.replace(/\\?.*/, '')); return next(url, context); } });
  const folder = ${JSON.stringify(pathToFileURL(root).href)} + '/';
  import(folder + 'tools/soak/campaign/campaign.ts').then(async ({ campaign }) => {
    await campaign({ from: 1, seeds: 1, on: [] });
    const ours = [...loaded].filter((url) => url.startsWith(folder) && !url.includes('/node_modules/'));
    process.stdout.write(JSON.stringify(ours.map((url) => url.slice(folder.length))), () => process.exit());
  });`;

describe('the fingerprint', () => {
  const names = partsSoaked().map(([name]) => name);

  test('knows every file of ours that a seed loads', async () => {
    const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
    const node = join(root, 'node_modules/node22/bin/node');
    const loaded = JSON.parse(await runCommand(node, [...flags, '-e', loadedBySeed], { cwd: root })) as string[];
    expect(loaded.length).toBeGreaterThan(100);
    expect(loaded.filter((file) => !names.includes(file))).toEqual([]);
  });

  test('knows the packages of others that are soaked with it, by their versions', () => {
    expect(partsSoaked()).toContainEqual(['@middy/core', expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  test('does not change with what only asks for seeds and shows them, nor with tests', () => {
    expect(
      names.filter((name) => /\.test\.ts$|soak\/(main|options|campaign\/(report|fleet)|hunt\/.*)\.ts$/.test(name)),
    ).toEqual([]);
  });

  test('is another one for other sites, in whatever order they are asked for', () => {
    expect(fingerprint(['downstream-outage'])).not.toBe(fingerprint([]));
    expect(fingerprint(['reshard', 'downstream-outage'])).toBe(fingerprint(['downstream-outage', 'reshard']));
  });
});
