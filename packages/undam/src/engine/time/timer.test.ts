import { describe, expect, test } from '@jest/globals';
import { VirtualLambda } from '../../../test/kit/virtual-lambda.ts';
import type { Clock } from '../../base/clock.ts';
import { startTimer, type Timer } from './timer.ts';

function setUp() {
  const lambda = new VirtualLambda();
  const log: string[] = [];
  const clock: Clock = lambda.ambient.clock;
  const from = clock.now();
  const timer = startTimer(clock);
  const note = (name: string) => () => void log.push(`${name} at ${clock.now() - from}`);
  return { lambda, clock, timer, log, note };
}

describe('a timer', () => {
  test('has exactly one armed timeout from its start to its stop', async () => {
    const { lambda, timer, note } = setUp();
    expect(lambda.timers).toBe(1);
    for (const at of [500, 3, 20]) timer.at(at, note('due'));
    timer.watchOver(100);
    expect(lambda.timers).toBe(1);
    await lambda.pass(1_000);
    expect(lambda.timers).toBe(1);
    timer.stop();
    expect(lambda.timers).toBe(0);
  });

  test('runs callbacks in the order of their times, neither early nor late', async () => {
    const { lambda, timer, log, note } = setUp();
    timer.at(700, note('c'));
    timer.at(20, note('a'));
    timer.at(333, note('b'));
    await lambda.pass(1_000);
    expect(log).toEqual(['a at 20', 'b at 333', 'c at 700']);
  });

  test('runs an overdue callback at its next chance', async () => {
    const { lambda, clock, timer, log, note } = setUp();
    lambda.clock.block(3);
    timer.at(clock.now() - 2, note('past'));
    await lambda.pass(50);
    expect(log).toHaveLength(1);
  });

  test('does not take an overdue callback for a blocked event loop', async () => {
    const { lambda, clock, timer, log, note } = setUp();
    timer.listener = { onStoodStill: () => log.push('stood still') };
    await lambda.pass(500);
    timer.at(clock.now() - 400, note('past'));
    await lambda.pass(100);
    expect(log).toEqual([expect.stringMatching('past')]);
  });

  test('reports a blocked event loop even if an overdue callback is added after it', async () => {
    const { lambda, clock, timer } = setUp();
    let ms = 0;
    timer.listener = {
      onStoodStill(each) {
        ms += each;
      },
    };
    lambda.clock.setTimeout(() => {
      lambda.clock.block(400);
      timer.at(clock.now() - 395, () => {});
      timer.watchOver(50);
    }, 10);
    await lambda.pass(1_000);
    expect(ms).toBeGreaterThanOrEqual(400);
  });

  test('does not run a cancelled callback', async () => {
    const { lambda, timer, log, note } = setUp();
    const cancel = timer.at(100, note('never'));
    timer.at(100, note('due'));
    cancel();
    await lambda.pass(500);
    expect(log).toEqual(['due at 100']);
  });

  test('does not wait for a callback at Infinity', async () => {
    const { lambda, timer, log, note } = setUp();
    timer.at(Infinity, note('never'))();
    await lambda.pass(500);
    expect(log).toEqual([]);
  });

  test('runs an overdue callback that another callback adds', async () => {
    const { lambda, clock, timer, log, note } = setUp();
    timer.at(30, () => timer.afterTurn(note('after')));
    timer.at(30, note('first'));
    await lambda.pass(200);
    expect(log[0]).toBe('first at 30');
    expect(log[1]).toMatch(/^after at/);
    expect(clock.now()).toBeGreaterThan(30);
  });

  test('after a block lets nothing fall due before the loop has had a turn, and reports the lost time', async () => {
    const { lambda, timer, log, note } = setUp();
    const lost: number[] = [];
    timer.listener = { onStoodStill: (ms) => void lost.push(ms) };
    timer.at(60, note('due'));
    lambda.clock.setTimeout(() => lambda.clock.block(400), 40);
    // Later than the timer's beat, which fires first after the block.
    lambda.clock.setTimeout(note('finished meanwhile'), 55);
    await lambda.pass(2_000);
    expect(log.map((line) => line.split(' at ')[0])).toEqual(['finished meanwhile', 'due']);
    expect(lost[0]).toBeGreaterThanOrEqual(350);
    expect(lost[0]).toBeLessThanOrEqual(450);
  });

  test('gives a turn after every block, not only the first', async () => {
    const { lambda, timer, log, note } = setUp();
    for (const at of [0, 1_000]) {
      timer.at(at + 60, note('due'));
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

  test('gives one turn for one late timeout, not several', async () => {
    const { lambda, timer, log, note } = setUp();
    timer.at(60, note('due'));
    const block = (): void => {
      lambda.clock.block(100);
      lambda.clock.setTimeout(block, 1);
    };
    lambda.clock.setTimeout(block, 10);
    await lambda.pass(2_000);
    expect(log).toHaveLength(1);
  });

  test('beats at a tenth of the time that it watches over', async () => {
    const { lambda, clock, timer } = setUp();
    const beats: number[] = [];
    timer.listener = {
      onBeat(now) {
        beats.push(now);
        return Infinity;
      },
    };
    timer.watchOver(100);
    await lambda.pass(100);
    expect(beats.length).toBeGreaterThanOrEqual(9);
    expect(clock.now()).toBeGreaterThanOrEqual(100);
  });

  test('calls its listener when that asked to be called', async () => {
    const { lambda, timer } = setUp();
    const beats: number[] = [];
    timer.listener = {
      onBeat(now) {
        beats.push(now);
        return now < 57 ? 57 : Infinity;
      },
    };
    await lambda.pass(80);
    expect(beats).toEqual([50, 57]);
  });

  test.each([
    ['a due', (timer: Timer) => void timer.at(10, () => timer.stop())],
    ['a beat', (timer: Timer) => void Object.assign(timer, { listener: { onBeat: () => timer.stop() } })],
  ])('that is stopped by %s leaves no timer and runs nothing more', async (_what, arrange) => {
    const { lambda, timer, log, note } = setUp();
    arrange(timer);
    for (const at of [11, 51]) timer.at(at, note('never'));
    // Late, but by less than counts as blocked: both callbacks have run by then.
    lambda.clock.setTimeout(() => lambda.clock.block(4), 8);
    await lambda.pass(500);
    expect(lambda.timers).toBe(0);
    expect(log).toEqual([]);
    timer.at(600, note('never'));
    timer.watchOver(10);
    timer.stop();
    expect(lambda.timers).toBe(0);
  });

  test('leaves no timeout if its listener stops it after a block', async () => {
    const { lambda, timer } = setUp();
    timer.listener = { onStoodStill: () => timer.stop() };
    lambda.clock.setTimeout(() => lambda.clock.block(400), 10);
    await lambda.pass(1_000);
    expect(lambda.timers).toBe(0);
  });
});
