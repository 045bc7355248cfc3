import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../run-command.ts';
import { root } from '../workspace.ts';
import { brokenEngines } from './broken-engines.ts';

const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
const seedsMost = 2_000;

function run(node: string, file: string, ...args: readonly string[]): Promise<string> {
  return runCommand(node, [...flags, join(import.meta.dirname, file), ...args], { cwd: root });
}

describe('the soak', () => {
  test.each(brokenEngines)(
    'catches an engine that $name',
    async ({ name, breaks }) => {
      const caught = JSON.parse(await run(process.execPath, 'hunt.ts', name, String(seedsMost))) as { law?: string };
      expect(breaks).toContain(caught.law);
    },
    120_000,
  );

  test('comes to the same timeline for a seed every time, on Node 22 and on Node 24', async () => {
    const nodes = ['node22', 'node22', 'node24'].map((name) => join(root, 'node_modules', name, 'bin/node'));
    const timelines = await Promise.all(nodes.map((node) => run(node, 'main.ts', '--replay', '7')));
    expect(timelines[0]!.length).toBeGreaterThan(5_000);
    expect(timelines[1]).toBe(timelines[0]);
    expect(timelines[2]).toBe(timelines[0]);
  });

  test('keeps every law over fifty seeds, and reaches every site', async () => {
    expect(await run(process.execPath, 'main.ts', '--seeds', '50')).toMatch(/Every law was kept\.\s*$/);
  });
});
