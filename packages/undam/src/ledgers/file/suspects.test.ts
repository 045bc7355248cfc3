import { describe, expect, test } from '@jest/globals';
import { memory } from '../../../test/kit/memories.ts';
import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { Memory } from '../ledger.ts';
import type { LeftMarks, Mark } from './marks-format.ts';
import { mayHaveRun, recoveredFrom } from './suspects.ts';

const key = { functionArn: 'f', eventSourceArn: 's', shardId: 'a' };
const started = (number: string, times = 1, alone = false, crashed = 0): Mark => [
  'started',
  number,
  { started: times, failed: 0, timedOut: 0, crashed },
  alone,
];
const alone = (number: string, times = 1, crashed = 0): Mark => started(number, times, true, crashed);
const suspect = (times: number, crashed = 0): Memory => ({
  state: 'open',
  attempts: { started: times, failed: 0, timedOut: 0, crashed },
  suspect: 'alone',
});
const done = (attempts: Partial<AttemptCounts> = {}): Memory => ({
  ...memory('done'),
  attempts: { ...memory('done').attempts, ...attempts },
});
const inherited = (marks: readonly Mark[], how: Partial<LeftMarks> = {}) =>
  Object.fromEntries(recoveredFrom({ key, everyStart: true, answered: undefined, among: false, ...how, marks }));

describe('of an invocation that had answered when its process died', () => {
  const answered = (...behind: readonly string[]) => ({ answered: { behind: new Set(behind) } });

  test('records that the answer passes are resolved and answered, and none is suspect', () => {
    const left: readonly Mark[] = [alone('1'), ['done', ['2']], ['learned', '3', memory('quarantined', 3), false]];
    expect(inherited(left, answered())).toEqual({
      2: { ...done(), answered: 'lost' },
      3: { ...memory('quarantined', 3), answered: 'lost' },
    });
  });

  test('records behind the checkpoint keep their memories', () => {
    const left: readonly Mark[] = [
      ['done', ['1', '3']],
      ['learned', '2', memory('open', 1), false],
    ];
    expect(inherited(left, { everyStart: false, ...answered('2', '3') })).toEqual({
      1: { ...done(), answered: 'lost' },
    });
  });

  test('nothing may have been running', () => {
    const left = { key, everyStart: false, among: false, marks: [] };
    expect(mayHaveRun({ ...left, answered: undefined })).toBe(true);
    expect(mayHaveRun({ ...left, ...answered() })).toBe(false);
  });
});

describe('of an invocation whose process died', () => {
  test('a running record is suspect and uncharged, a done one is done', () => {
    expect(inherited([started('1'), started('2'), started('3', 4), ['done', ['2']]])).toEqual({
      1: suspect(1),
      2: done(),
      3: suspect(4),
    });
  });

  test('a record that ran alone is charged, on top of earlier charges', () => {
    expect(inherited([alone('1', 5, 1)])).toEqual({ 1: suspect(5, 2) });
  });

  test('a record that ran alone is charged behind others that have ended', () => {
    const failed = memory('open', 1);
    expect(
      inherited([started('1'), ['done', ['1']], started('2'), ['learned', '2', failed, false], alone('3')]),
    ).toEqual({ 1: done(), 2: failed, 3: suspect(1, 1) });
  });

  test.each<[string, readonly Mark[], Partial<LeftMarks>]>([
    ['something else of its process was open', [alone('1')], { among: true }],
    ['another one was started before', [started('2'), alone('1')], {}],
    ['another one was started behind it', [alone('1'), started('2')], {}],
    [
      'another one was timed out and had not settled',
      [started('2'), ['learned', '2', memory('open', 1), true], alone('1')],
      {},
    ],
  ])('a record that was marked as alone is not charged if %s', (_how, marks, left) => {
    expect(inherited(marks, left)['1']).toEqual(suspect(1));
  });

  test('a record that timed out alone and has not settled is suspect, and charged once for that start', () => {
    const timedOut = { ...memory('open'), attempts: { started: 1, failed: 0, timedOut: 1, crashed: 0 } };
    expect(inherited([alone('1'), ['learned', '1', timedOut, true]])).toEqual({ 1: { ...timedOut, suspect: 'alone' } });
  });

  test('a record that failed and was started again is suspect of its second start', () => {
    expect(inherited([started('1'), ['learned', '1', memory('open', 1), false], started('1', 2)])).toEqual({
      1: { state: 'open', attempts: { started: 2, failed: 1, timedOut: 0, crashed: 0 }, suspect: 'alone' },
    });
  });

  test('a record that was quarantined while it still ran is no suspect', () => {
    expect(inherited([started('1'), ['learned', '1', memory('quarantined', 1), true]])).toEqual({
      1: memory('quarantined', 1),
    });
  });

  test('marks that do not name every start make no suspects', () => {
    const marks: Mark[] = [alone('1'), ['done', ['2']], ['learned', '3', memory('open', 1), false]];
    expect(inherited(marks, { everyStart: false })).toEqual({ 2: done(), 3: memory('open', 1) });
  });

  test('one that had marked nothing leaves nothing', () => {
    expect(inherited([])).toEqual({});
  });
});
