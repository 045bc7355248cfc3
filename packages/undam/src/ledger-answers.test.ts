import { expect, test } from '@jest/globals';
import { GuardedFunction } from './guarded-function.fixture.ts';
import type { Ledger, Memories, Memory } from './ledger.ts';
import { reportedIn } from './virtual-lambda.fixture.ts';

function answering(memories: unknown): Ledger {
  return { recall: () => memories as Memories, remember() {} };
}

const poisoned = new Map<string, Memory>();
poisoned.get = () => {
  throw new Error('poisoned');
};
poisoned.set('a', { state: 'done', attempts: { started: 0, failed: 0, timedOut: 0, crashed: 0 } });

test.each([
  ['that throws when it is read', poisoned],
  ['with null for a memory', new Map([['a', null]])],
  ['with a state of another version', new Map([['a', { state: 'parked', attempts: {} }]])],
  ['that is no map', { a: 1 }],
  ['that is null', null],
])('an answer %s is an empty ledger and an event, and the records run', async (_what, answer) => {
  const fn = new GuardedFunction(() => {}, { ledger: answering(answer) });
  expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  expect(fn.starts).toEqual(['a', 'b']);
  expect(fn.events).toContainEqual(expect.objectContaining({ type: 'ledger-failed', operation: 'recall' }));
});

test.each([{}, undefined, { started: 9, failed: 1 }, { failed: Number.NaN, crashed: '7' }])(
  'attempts of a row that leaves some out (%j) count as none, and charge nobody',
  async (attempts) => {
    const ledger = answering(new Map([['a', { state: 'open', attempts }]]));
    const fn = new GuardedFunction(() => {}, { ledger });
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(fn.starts).toEqual(['a']);
    expect(fn.sink.stored).toEqual([]);
  },
);
