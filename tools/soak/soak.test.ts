import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';

function soak(node: string, ...args: readonly string[]): Promise<string> {
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
  return runCommand(node, [...flags, join(import.meta.dirname, 'main.ts'), ...args], { cwd: root });
}

describe('the soak', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'undam-soak-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('comes to the same timeline for a seed every time, on Node 22 and on Node 24', async () => {
    const nodes = ['node22', 'node22', 'node24'].map((name) => join(root, 'node_modules', name, 'bin/node'));
    const timelines = await Promise.all(nodes.map((node) => soak(node, '--replay', '7')));
    expect(timelines[0]!.length).toBeGreaterThan(5_000);
    expect(timelines[1]).toBe(timelines[0]);
    expect(timelines[2]).toBe(timelines[0]);
  });

  /** The smallest scenarios of seeds that broke a law, by a fault of the engine or by a false alarm. */
  test.each(['answer-of-a-half', 'late-answer-forgets-deaths', 'quarantine-of-an-equal', 'stand-still-noticed-late'])(
    'raises no alarm at %s',
    async (name) => {
      const file = join(import.meta.dirname, 'scenarios', `${name}.json`);
      expect(await soak(process.execPath, '--replay', file)).toMatch(/Every law was kept\.\s*$/);
    },
  );

  test('keeps every law over fifty seeds, and reaches every site; goes on where it stopped, and sums up', async () => {
    const file = join(folder, 'figures.json');
    const soakSeeds = async (...args: readonly string[]) => {
      const text = await soak(process.execPath, ...args, '--folder', folder, '--json', file);
      return { text, figures: JSON.parse(readFileSync(file, 'utf8')) as Figures };
    };
    const begun = await soakSeeds('--seeds', '2');
    expect(begun.text).toMatch(/^Soaked before: none of 2 seeds\.$/m);
    const whole = await soakSeeds('--seeds', '50');
    expect(whole.text).toMatch(/^Soaked before: 2 of 50 seeds/m);
    expect(whole.text).toMatch(/Every law was kept\.\s*$/);
    const rest = await soakSeeds('--from', '3', '--seeds', '48');
    expect(rest.text).toMatch(/^Soaked before: all of 48 seeds/m);
    for (const figure of ['seeds', 'deliveries', 'invocations', 'faults'] as const)
      expect(whole.figures[figure]).toBe(begun.figures[figure] + rest.figures[figure]);
    expect((await soakSeeds('--seeds', '1', '--fresh')).text).toMatch(/^Soaked before: none of 1 seeds\.$/m);
    expect((await soakSeeds('--seeds', '2')).text).toMatch(/^Soaked before: 1 of 2 seeds/m);
  });
});

type Figures = Readonly<Record<'seeds' | 'deliveries' | 'invocations' | 'faults', number>>;
