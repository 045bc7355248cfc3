import { expect, test } from '@jest/globals';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

/** `a` needs little; `b` keeps the event loop still past the batch's budget, and then fails. */
function besideABlocker(): GuardedFunction {
  const fn: GuardedFunction = new GuardedFunction(
    async ({ kinesis }) => {
      const { clock } = fn.lambda;
      if (kinesis.sequenceNumber === 'b') {
        clock.block(4_100);
        throw new Error('blocked');
      }
      await clock.sleep(20);
      await clock.sleep(20);
    },
    { quarantine: { attempts: 3 } },
  );
  return fn;
}

test('the first record is not charged when a neighbour kept the event loop still for most of its time', async () => {
  const fn = besideABlocker();
  for (let delivery = 0; delivery < 6; delivery++) await fn.deliver('a', 'b');
  expect(fn.sink.numbers).not.toContain('a');
  expect(fn.sink.numbers).toContain('b');
});

test('at its next delivery it runs alone, and is done', async () => {
  const fn = besideABlocker();
  expect(reportedIn(await fn.deliver('a', 'b'))).toContain('a');
  expect(reportedIn(await fn.deliver('a', 'b'))).not.toContain('a');
});

test('a first record that hangs keeps the others from running for half the time only', async () => {
  const fn: GuardedFunction = new GuardedFunction(
    ({ kinesis }) => (kinesis.sequenceNumber === 'h' ? new Promise(() => {}) : undefined),
    { quarantine: { attempts: 3 } },
  );
  expect(reportedIn(await fn.deliver('a', 'h', 'b'))).toEqual(['h']);
  fn.takeStarts();
  expect(reportedIn(await fn.deliver('h', 'c'))).toEqual(['h']);
  expect(fn.takeStarts()).toEqual(['h', 'c']);
});
