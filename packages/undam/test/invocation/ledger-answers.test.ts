import { expect, test } from '@jest/globals';
import { decodeEnvelope, encodeEnvelope } from '../../src/envelope/index.ts';
import type { Ledger, Memories, Memory } from '../../src/ledgers/ledger.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

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
  'attempts of a row that leaves some out (%j) count as none, and charge no record',
  async (attempts) => {
    const ledger = answering(new Map([['a', { state: 'open', attempts }]]));
    const fn = new GuardedFunction(() => {}, { ledger });
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(fn.starts).toEqual(['a']);
    expect(fn.sink.stored).toEqual([]);
  },
);

const verdict = { reason: 'permanent', stage: 'handler', error: { name: 'E', message: 'm' } };
const endless: Record<string, unknown> = { name: 'E', message: 'm' };
endless.cause = endless;

test.each([
  ['a reason of a later version', { verdict: { ...verdict, reason: 'unheard-of' } }, 'attempts-exhausted'],
  ['an unknown stage', { verdict: { ...verdict, stage: 'sink' } }, 'attempts-exhausted'],
  ['an error without end', { verdict: { ...verdict, error: endless } }, 'permanent'],
  ['an error of other types', { verdict: { ...verdict, error: { name: 1n, message: new Map() } } }, 'permanent'],
  ['no verdict at all', { verdict: 7 }, 'attempts-exhausted'],
  ['a date that is none', { verdict, firstFailedAt: Number.NaN }, 'permanent'],
  ['a count below zero', { verdict, attempts: { started: -1, failed: 2, timedOut: -3, crashed: 0 } }, 'permanent'],
])('a pending quarantine with %s is sent in an envelope that can be read', async (_what, odd, reason) => {
  const attempts = { started: 2, failed: 2, timedOut: 0, crashed: 0 };
  const ledger = answering(new Map([['1', { state: 'pending', attempts, ...odd }]]));
  const fn = new GuardedFunction(() => {}, { ledger });
  expect(reportedIn(await fn.deliver('1'))).toEqual([]);
  expect(fn.starts).toEqual([]);
  expect(fn.sink.stored).toMatchObject([{ reason }]);
  expect(decodeEnvelope(encodeEnvelope(fn.sink.stored[0]!))).toStrictEqual(fn.sink.stored[0]);
});
