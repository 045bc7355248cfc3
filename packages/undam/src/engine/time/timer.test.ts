import { describe, expect, test } from '@jest/globals';
import { VirtualLambda } from '../../../test/kit/virtual-lambda.ts';
import type { Clock } from '../../base/clock.ts';
import { startWatch, type Watch } from './timer.ts';

function setUp() {
  const lambda = new VirtualLambda();
  const log: string[] = [];
  const clock: Clock = lambda.ambient.clock;
  const from = clock.now();
  const watch = startWatch(clock);
  const note = (name: string) => () => void log.push(`${name} at ${clock.now() - from}`);
  return { lambda, clock, watch, log, note };
}

describe('a watch', () => {
  test('has exactly one timer armed from its making to its stop', async () => {
    const { lambda, watch, note } = setUp();
    expect(lambda.timers).toBe(1);
    for (const at of [500, 3, 20]) watch.at(at, note('due'));
    watch.watchOver(100);
    expect(lambda.timers).toBe(1);
    await lambda.pass(1_000);
    expect(lambda.timers).toBe(1);
    watch.stop();
    expect(lambda.timers).toBe(0);
  });

  test('runs what is due in the order of its time, not early and not late', async () => {
    const { lambda, watch, log, note } = setUp();
    watch.at(700, note('c'));
    watch.at(20, note('a'));
    watch.at(333, note('b'));
    await lambda.pass(1_000);
    expect(log).toEqual(['a at 20', 'b at 333', 'c at 700']);
  });

  test('runs what is due already at its next chance', async () => {
    const { lambda, clock, watch, log, note } = setUp();
    lambda.clock.block(3);
    watch.at(clock.now() - 2, note('past'));
    await lambda.pass(50);
    expect(log).toHaveLength(1);
  });

  test('takes what is due already for no stand-still', async () => {
    const { lambda, clock, watch, log, note } = setUp();
    watch.listener = { onStoodStill: () => log.push('stood still') };
    await lambda.pass(500);
    watch.at(clock.now() - 400, note('past'));
    await lambda.pass(100);
    expect(log).toEqual([expect.stringMatching('past')]);
  });

  test('tells of a stand-still behind which something is asked for that is due already', async () => {
    const { lambda, clock, watch } = setUp();
    let ms = 0;
    watch.listener = {
      onStoodStill(each) {
        ms += each;
      },
    };
    lambda.clock.setTimeout(() => {
      lambda.clock.block(400);
      watch.at(clock.now() - 395, () => {});
      watch.watchOver(50);
    }, 10);
    await lambda.pass(1_000);
    expect(ms).toBeGreaterThanOrEqual(400);
  });

  test('what was taken back does not run', async () => {
    const { lambda, watch, log, note } = setUp();
    const cancel = watch.at(100, note('never'));
    watch.at(100, note('due'));
    cancel();
    await lambda.pass(500);
    expect(log).toEqual(['due at 100']);
  });

  test('what never comes is not waited for', async () => {
    const { lambda, watch, log, note } = setUp();
    watch.at(Infinity, note('never'))();
    await lambda.pass(500);
    expect(log).toEqual([]);
  });

  test('a due that adds another, that is due at once, has it run too', async () => {
    const { lambda, clock, watch, log, note } = setUp();
    watch.at(30, () => watch.afterTurn(note('after')));
    watch.at(30, note('first'));
    await lambda.pass(200);
    expect(log[0]).toBe('first at 30');
    expect(log[1]).toMatch(/^after at/);
    expect(clock.now()).toBeGreaterThan(30);
  });

  test('after a stand-still nothing falls due before the loop has had a turn, and the time lost is told', async () => {
    const { lambda, watch, log, note } = setUp();
    const lost: number[] = [];
    watch.listener = { onStoodStill: (ms) => void lost.push(ms) };
    watch.at(60, note('due'));
    lambda.clock.setTimeout(() => lambda.clock.block(400), 40);
    // Later than the beat of the watch, which fires first after the stand-still.
    lambda.clock.setTimeout(note('finished meanwhile'), 55);
    await lambda.pass(2_000);
    expect(log.map((line) => line.split(' at ')[0])).toEqual(['finished meanwhile', 'due']);
    expect(lost[0]).toBeGreaterThanOrEqual(350);
    expect(lost[0]).toBeLessThanOrEqual(450);
  });

  test('every stand-still has its turn, not only the first', async () => {
    const { lambda, watch, log, note } = setUp();
    for (const at of [0, 1_000]) {
      watch.at(at + 60, note('due'));
      lambda.clock.setTimeout(() => lambda.clock.block(400), at + 40);
      lambda.clock.setTimeout(note('finished meanwhile'), at + 59);
    }
    await lambda.pass(3_000);
    expect(log.map((line) => line.split(' at ')[0])).toEqual([
      'finished meanwhile',
      'due',
      'finished meanwhile',
      'due',
    ]);
  });

  test('one late timer gives one turn, not one after another', async () => {
    const { lambda, watch, log, note } = setUp();
    watch.at(60, note('due'));
    const block = (): void => {
      lambda.clock.block(100);
      lambda.clock.setTimeout(block, 1);
    };
    lambda.clock.setTimeout(block, 10);
    await lambda.pass(2_000);
    expect(log).toHaveLength(1);
  });

  test('beats often enough to see a tenth of what it watches over', async () => {
    const { lambda, clock, watch } = setUp();
    const beats: number[] = [];
    watch.listener = {
      onBeat(now) {
        beats.push(now);
        return Infinity;
      },
    };
    watch.watchOver(100);
    await lambda.pass(100);
    expect(beats.length).toBeGreaterThanOrEqual(9);
    expect(clock.now()).toBeGreaterThanOrEqual(100);
  });

  test('is called when it asked to be', async () => {
    const { lambda, watch } = setUp();
    const beats: number[] = [];
    watch.listener = {
      onBeat(now) {
        beats.push(now);
        return now < 57 ? 57 : Infinity;
      },
    };
    await lambda.pass(80);
    expect(beats).toEqual([50, 57]);
  });

  test.each([
    ['a due', (watch: Watch) => void watch.at(10, () => watch.stop())],
    ['a beat', (watch: Watch) => void Object.assign(watch, { listener: { onBeat: () => watch.stop() } })],
  ])('that is stopped by %s leaves no timer and runs nothing more', async (_what, arrange) => {
    const { lambda, watch, log, note } = setUp();
    arrange(watch);
    for (const at of [11, 51]) watch.at(at, note('never'));
    // Late, but by less than counts as a stand-still: both dues have come by then.
    lambda.clock.setTimeout(() => lambda.clock.block(4), 8);
    await lambda.pass(500);
    expect(lambda.timers).toBe(0);
    expect(log).toEqual([]);
    watch.at(600, note('never'));
    watch.watchOver(10);
    watch.stop();
    expect(lambda.timers).toBe(0);
  });

  test('that is stopped by a stand-still leaves no timer', async () => {
    const { lambda, watch } = setUp();
    watch.listener = { onStoodStill: () => watch.stop() };
    lambda.clock.setTimeout(() => lambda.clock.block(400), 10);
    await lambda.pass(1_000);
    expect(lambda.timers).toBe(0);
  });
});
