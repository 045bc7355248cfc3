import { describe, expect, test } from '@jest/globals';
import { memory } from '../../../test/kit/memories.ts';
import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { LedgerKey } from '../ledger.ts';
import { decodeMarks, encodeHeader, encodeMark, headerOf, type Mark, phases } from './marks-format.ts';

const key: LedgerKey = { functionArn: 'f', eventSourceArn: 's', shardId: undefined };
const attempts: AttemptCounts = { started: 2, failed: 1, timedOut: 0, crashed: 0 };
const error = { name: 'E', message: '1 ["started","7"] 1\n1 ["done",["7"]] 1' };
const verdict = { reason: 'permanent', stage: 'handler', error } as const;
const marks: readonly Mark[] = [
  ['started', '1', attempts, true],
  ['done', ['1', '2', '49590338271490256608559692538361571095921575989136588898']],
  ['learned', '3', memory('pending', 2, { firstFailedAt: 5, verdict }), true],
  ['started', '4', attempts, false],
  ['done', []],
  ['done', ['5']],
];
const written = (generation: number, list: readonly Mark[] = marks) => [
  encodeHeader(generation, headerOf(key, true)),
  ...list.map((mark) => encodeMark(generation, mark)),
];
/** `text` over the beginning of `under`, as one positioned write leaves it. */
const over = (text: string, under: string) => text + under.slice(text.length);

describe('a marks file', () => {
  test('gives back the marks', () => {
    expect(decodeMarks(written(1).join(''))).toEqual({
      key,
      everyStart: true,
      answered: undefined,
      among: false,
      marks,
    });
  });

  test('says what its last answer leaves behind the checkpoint', () => {
    const answers: readonly Mark[] = [
      ['answered', []],
      ['done', ['6']],
      ['answered', ['4', '7']],
    ];
    expect(decodeMarks(written(1, [...marks, ...answers]).join(''))).toMatchObject({
      answered: { behind: new Set(['4', '7']) },
    });
    expect(decodeMarks(written(1, [['answered', []]]).join(''))?.answered).toEqual({ behind: new Set() });
  });

  test('that is empty or closed says nothing', () => {
    expect(decodeMarks('')).toBeUndefined();
    expect(decodeMarks(over(phases.closed, written(1).join('')))).toBeUndefined();
  });

  test('shows nothing of an earlier invocation, however many marks either has made and wherever the last was torn', () => {
    const before = written(1, [...marks, ...marks]).join('');
    const lines = written(2);
    const text = lines.join('');
    // Lines of both are equally long, so that the last may have the end of an earlier one.
    for (let bytes = lines[0]!.length; bytes <= text.length; bytes++) {
      const whole = lines.findLastIndex((_, at) => lines.slice(0, at + 1).join('').length <= bytes + 1);
      expect(decodeMarks(over(text.slice(0, bytes), before))?.marks).toEqual(marks.slice(0, whole));
    }
  });

  test('a line that is the beginning of one and the end of another is none', () => {
    const older = written(1, [['done', ['11111', '22222']]]).join('');
    const newer = written(2, [['done', ['33333', '44444']]]).join('');
    const torn = over(newer.slice(0, newer.indexOf('33333') + 3), older);
    expect(torn).toContain('33311');
    expect(decodeMarks(torn)?.marks).toEqual([]);
  });

  test.each([
    ['of another version', written(1)[0]!.replace('"undam":1', '"undam":2')],
    ['without a header', `${phases.open}\n`],
    ['with half a header', written(1)[0]!.slice(0, 20)],
    ['of something else', 'PNG'],
    ['with an unknown mark', written(1)[0]! + encodeMark(1, ['guessed', '1'] as never)],
    ['with a mark of no record', written(1)[0]! + encodeMark(1, ['started', 1] as never)],
    ['with a memory of no state', written(1)[0]! + encodeMark(1, ['learned', '1', {}, false] as never)],
  ])('%s is refused', (_what, text) => {
    expect(() => decodeMarks(text)).toThrow();
  });
});
