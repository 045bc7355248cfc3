import { describe, expect, test } from '@jest/globals';
import type { Stage } from '../../envelope/envelope.ts';
import { type History, historyOf } from '../../ledgers/history.ts';
import type { FailedAttempt, Judgement } from './attempt-end.ts';
import { verdictBefore, verdictOn } from './verdict.ts';

const error = new Error('no');
const after = (counts: Partial<History>): History => ({ ...historyOf(undefined), ...counts });

function reasonOf(
  history: History,
  judgement: Judgement,
  how: FailedAttempt['how'] = 'rejected',
  stage: Stage = 'handler',
) {
  const verdict = verdictOn(history, judgement, { how, error, stage }, 3);
  return verdict && [verdict.reason, verdict.stage];
}

describe('a failed attempt', () => {
  test.each([
    ['rejected', { failed: 2 }, undefined],
    ['rejected', { failed: 3 }, ['attempts-exhausted', 'handler']],
    ['rejected', { failed: 1, timedOut: 1, crashed: 1 }, ['attempts-exhausted', 'handler']],
    ['timed-out', { failed: 1, timedOut: 1 }, undefined],
    ['timed-out', { failed: 2, timedOut: 1 }, ['timed-out', 'handler']],
    ['rejected', { started: 9, failed: 0 }, undefined],
  ] as const)('%s, after %j, of three: %j', (how, counts, expected) => {
    expect(reasonOf(after(counts), 'ordinary', how)).toEqual(expected);
  });

  test('that no further attempt can fix needs no count', () => {
    expect(reasonOf(after({ failed: 1 }), 'permanent')).toEqual(['permanent', 'handler']);
    expect(reasonOf(after({ failed: 1 }), 'undecodable')).toEqual(['undecodable', 'decode']);
  });

  test('in an outage gives no verdict for any counts', () => {
    expect(reasonOf(after({ failed: 3 }), 'outage')).toBeUndefined();
  });

  test('keeps its error', () => {
    const verdict = verdictOn(after({ failed: 3 }), 'ordinary', { how: 'rejected', error, stage: 'decode' }, 3);
    expect(verdict).toMatchObject({ stage: 'decode', error: { name: 'Error', message: 'no' } });
  });
});

describe('a record that arrives with all its attempts charged', () => {
  test.each([
    [{ crashed: 3 }, 'crashed', 'ProcessDied'],
    [{ failed: 2, crashed: 1 }, 'crashed', 'ProcessDied'],
    [{ failed: 3 }, 'attempts-exhausted', 'Error'],
  ])('%j: %s', (counts, reason, name) => {
    expect(verdictBefore(after(counts), 3)).toMatchObject({ reason, error: { name } });
  });

  test('has a verdict only once all are charged', () => {
    expect(verdictBefore(after({ crashed: 2 }), 3)).toBeUndefined();
    expect(verdictBefore(after({ crashed: 2 }), 2)).toBeDefined();
  });
});
