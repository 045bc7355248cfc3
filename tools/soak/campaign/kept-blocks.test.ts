import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { noSites } from '../faults/sites.ts';
import type { Tally } from './campaign.ts';
import { type FinishedBlock, KeptBlocks } from './kept-blocks.ts';

function block(from: number): FinishedBlock {
  const sums = { seeds: 250, deliveries: from, invocations: 9, fired: noSites() };
  const checks = { 'no-loss': 3 } as Tally['checks'];
  return { from, seeds: 250, wallMs: 1.5, tally: { ...sums, checks, sitesOn: new Set(['clock-step', 'reshard']) } };
}

describe('kept blocks', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'undam-kept-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are read back as they were added, by another run too', () => {
    new KeptBlocks('one', folder).add(block(1));
    new KeptBlocks('one', folder).add(block(251));
    expect(new KeptBlocks('one', folder).read()).toEqual([block(1), block(251)]);
  });

  test('a block that a kill cut short is missing, and takes no other with it', () => {
    const kept = new KeptBlocks('one', folder);
    kept.add(block(1));
    appendFileSync(join(folder, 'one.jsonl'), '\n{"from":251,"seeds":250,"ta');
    kept.add(block(501));
    expect(kept.read()).toEqual([block(1), block(501)]);
  });

  test('of one fingerprint are none of another, which are known to be there', () => {
    const [one, other] = [new KeptBlocks('one', folder), new KeptBlocks('other', folder)];
    one.add(block(1));
    expect([one.hasOthers(), other.hasOthers()]).toEqual([false, true]);
    expect(other.read()).toEqual([]);
  });

  test('are forgotten without those of other fingerprints', () => {
    const [one, other] = [new KeptBlocks('one', folder), new KeptBlocks('other', folder)];
    one.add(block(1));
    other.add(block(1));
    one.forget();
    expect(one.read()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['other.jsonl']);
  });

  test('are none where nothing was ever soaked', () => {
    const kept = new KeptBlocks('one', join(folder, 'not there'));
    expect([kept.read(), kept.hasOthers()]).toEqual([[], false]);
  });
});
