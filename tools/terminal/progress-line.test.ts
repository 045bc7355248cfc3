import { describe, expect, test } from '@jest/globals';
import { ProgressLine } from './progress-line.ts';

function shown(isTTY: boolean, done = 0) {
  let ms = 0;
  const written: string[] = [];
  const line = new ProgressLine({
    total: 100,
    done,
    text: (at) => `${at} of 100 seeds`,
    output: { isTTY, write: (text) => written.push(text) },
    now: () => ms,
  });
  const at = (atMs: number, seeds: number): void => {
    ms = atMs;
    line.at(seeds);
  };
  return { line, at, written };
}

describe('the progress line', () => {
  test('stays one line on a terminal until it ends, with what is left at the speed so far', () => {
    const { line, at, written } = shown(true);
    at(10_000, 10);
    at(10_100, 11);
    at(20_000, 25);
    line.end();
    expect(written).toEqual([
      '\r10 of 100 seeds, about 1 min 30 s left\u001b[K',
      '\r25 of 100 seeds, about 1 min left\u001b[K',
      '\r\u001b[K',
    ]);
  });

  test('is a plain line once a minute where nobody sees it change', () => {
    const { line, at, written } = shown(false);
    at(59_999, 10);
    at(60_000, 20);
    at(119_999, 30);
    at(120_000, 40);
    line.end();
    expect(written).toEqual(['20 of 100 seeds, about 4 min left\n', '40 of 100 seeds, about 3 min left\n']);
  });

  test('does not take what was done before for its own speed', () => {
    const { at, written } = shown(false, 50);
    at(60_000, 60);
    expect(written).toEqual(['60 of 100 seeds, about 4 min left\n']);
  });

  test('promises nothing before anything is done, nor when all is', () => {
    const { at, written } = shown(false);
    at(60_000, 0);
    at(120_000, 100);
    expect(written).toEqual(['0 of 100 seeds\n', '100 of 100 seeds\n']);
  });

  test.each([
    [
      true,
      [
        'first\n',
        '\r10 of 100 seeds, about 1 min 30 s left\u001b[K',
        '\r\u001b[K',
        'caught\n',
        '\r10 of 100 seeds, about 1 min 30 s left\u001b[K',
      ],
    ],
    [false, ['first\n', 'caught\n']],
  ])('leaves what is written above it as it is (terminal: %j)', (isTTY, expected) => {
    const { line, at, written } = shown(isTTY);
    line.above(() => written.push('first\n'));
    at(10_000, 10);
    line.above(() => written.push('caught\n'));
    expect(written).toEqual(expected);
  });
});
