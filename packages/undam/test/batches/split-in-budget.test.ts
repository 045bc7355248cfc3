import { describe, expect, test } from '@jest/globals';
import { badAre, letters, SplitFunction } from '../kit/split-function.ts';
import { errorOf, reportedIn } from '../kit/virtual-lambda.ts';

describe('a call that the budget cuts off', () => {
  const hangsOn =
    (bad: string) =>
    (numbers: readonly string[]): unknown =>
      numbers.includes(bad) ? new Promise(() => {}) : undefined;

  test('with the first record and others in it fails the invocation; the next delivery calls half as many', async () => {
    const fn = new SplitFunction(hangsOn('a'));
    for (const size of [8, 4, 2]) {
      expect(errorOf(await fn.deliver(...letters(8)))).toMatchObject({ code: 'budget-ended' });
      expect(fn.takeCalls()).toEqual([letters(size).join(' ')]);
      expect(fn.charged).toEqual([]);
    }
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(fn.takeCalls()).toEqual(['a']);
    expect(fn.charged).toEqual(['a']);
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8).slice(1));
    expect(fn.sink.stored.map(({ reason }) => reason)).toEqual(['timed-out']);
  });

  test('behind the first record reports the rest, and charges no other record', async () => {
    const fn = new SplitFunction((numbers, lambda) => (numbers.includes('e') ? lambda.clock.sleep(60_000) : undefined));
    const endings = [];
    for (let delivery = 0, left = letters(8); left.length > 0 && delivery < 20; delivery++) {
      const ending = await fn.deliver(...left);
      if (ending.kind === 'answered') left = reportedIn(ending);
      endings.push(ending.kind === 'answered' ? left.join(' ') : 'threw');
    }
    expect(endings.at(-1)).toBe('');
    expect(fn.sink.numbers).toEqual(['e']);
    expect(new Set(fn.charged)).toEqual(new Set(['e']));
  });

  test('whose halves have no time left fails the invocation, too, and the next delivery begins with the halves', async () => {
    const fn = new SplitFunction((numbers, lambda) => {
      if (numbers.length > 1) lambda.clock.block(4_050);
      badAre('a')(numbers);
    });
    expect(errorOf(await fn.deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
    expect(fn.charged).toEqual([]);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    expect(fn.takeCalls()).toEqual(['a b', 'a', 'b']);
  });

  test('that ends at its signal has succeeded', async () => {
    const fn = new SplitFunction(
      (_numbers, _lambda, _event, _context, { signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  });
});

test('the summary of an invocation that the budget failed counts the running handler', async () => {
  const fn = new SplitFunction(() => new Promise(() => {}));
  expect(errorOf(await fn.deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
  expect(fn.summary).toMatchObject({ responded: false, zombies: 1 });
});
