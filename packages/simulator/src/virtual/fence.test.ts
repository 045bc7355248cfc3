import { describe, expect, test } from '@jest/globals';
import { Fence } from './fence.ts';
import { VirtualTime } from './virtual-time.ts';

describe('a fence', () => {
  test('ends every timer that was set behind it, however deep', async () => {
    const time = new VirtualTime();
    const fence = new Fence();
    const fired: string[] = [];
    const nested = async (): Promise<void> => {
      await Promise.resolve();
      time.setTimeout(() => fired.push('behind'), 10);
    };
    fence.run(() => void nested());
    time.setTimeout(() => fired.push('beside'), 10);
    time.setTimeout(() => fence.end(), 5);
    await time.runUntil(time.sleep(20));
    expect(fired).toEqual(['beside']);
  });

  test('is known to the callbacks of its own timers', async () => {
    const time = new VirtualTime();
    const fence = new Fence();
    const seen: (Fence | undefined)[] = [];
    fence.run(() => time.setTimeout(() => seen.push(Fence.current()), 1));
    time.setTimeout(() => seen.push(Fence.current()), 1);
    await time.runUntil(time.sleep(5));
    expect(seen).toEqual([fence, undefined]);
  });
});
