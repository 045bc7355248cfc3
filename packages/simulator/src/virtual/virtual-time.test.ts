import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTime } from './virtual-time.ts';

describe('virtual time', () => {
  test('fires timers by time, then in the order in which they were set, and none that was cleared', async () => {
    const plan = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 20 }), cleared: fc.boolean() }), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(plan, async (timers) => {
        const time = new VirtualTime();
        const fired: number[] = [];
        const set = timers.map(({ ms }, index) => time.setTimeout(() => fired.push(index), ms));
        for (const [index, { cleared }] of timers.entries()) if (cleared) time.clearTimeout(set[index]);
        await time.runUntil(time.sleep(100));
        const kept = timers.map((timer, index) => ({ ...timer, index })).filter(({ cleared }) => !cleared);
        expect(fired).toEqual(kept.toSorted((a, b) => a.ms - b.ms || a.index - b.index).map(({ index }) => index));
      }),
    );
  });

  test('lets everything that is ready run before it passes', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.setTimeout(async () => {
      seen.push('first');
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      seen.push(`first, still at ${time.now()}`);
    }, 1);
    time.setTimeout(() => seen.push('second'), 2);
    await time.runUntil(time.sleep(5));
    expect(seen).toEqual(['first', 'first, still at 1', 'second']);
  });

  test('is late for timers while the event loop stands still, and only rises', async () => {
    const time = new VirtualTime(1_000);
    const late: number[] = [];
    time.setTimeout(() => time.block(50), 10);
    time.setTimeout(() => late.push(time.now()), 20);
    await time.runUntil(time.sleep(100));
    expect(late).toEqual([60]);
    time.stepDate(-500);
    expect([time.now(), time.date()]).toEqual([100, 600]);
  });

  test('ends where it was told to, or when nothing is left', async () => {
    const time = new VirtualTime();
    expect(await time.runUntil(time.sleep(1_000), 400)).toBe(false);
    expect(time.now()).toBe(400);
    expect(await time.runUntil(time.sleep(100))).toBe(true);
    expect(await time.runUntil(new Promise(() => {}))).toBe(false);
  });
});
