import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../run-command.ts';
import { root } from '../workspace.ts';

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

  test('keeps every law over fifty seeds, and reaches every site', async () => {
    expect(await soak(process.execPath, '--seeds', '50', '--folder', folder)).toMatch(/Every law was kept\.\s*$/);
  });

  test('goes on where it stopped, and comes to what one run comes to', async () => {
    const seeds = (count: number, ...more: string[]) =>
      soak(process.execPath, '--seeds', String(count), '--folder', folder, ...more);
    expect(await seeds(2)).toMatch(/^2 seeds\.$/m);
    const resumed = await seeds(5);
    expect(resumed).toMatch(/^2 of 5 seeds were soaked before; 3 are left\.$/m);
    const again = await seeds(5);
    expect(again).toMatch(/^All 5 seeds were soaked before/m);
    const fresh = await seeds(5, '--fresh');
    expect(fresh).toMatch(/^5 seeds\.$/m);
    expect(figuresIn(fresh).length).toBeGreaterThan(30);
    for (const other of [resumed, again]) expect(figuresIn(other)).toEqual(figuresIn(fresh));
  });
});

/** The lines that name a figure and do not depend on the machine. */
function figuresIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^(deliveries|faults| {2}[a-z-]+ ) .*\d/.test(line) && !/in \d+\.\d s/.test(line));
}
