import { describe, expect, test } from '@jest/globals';
import { duration } from '../terminal/duration.ts';
import { figureRows } from './figures-table.ts';
import { page } from './page.ts';
import { contenders, parameters, type StoryData } from './story-data.ts';
import { terminalText } from './terminal.ts';

/** Two shards and two samples, with figures that cannot be mixed up. */
function storyOf(name: string): StoryData {
  const figures = {
    records: 1_000,
    processed: 900,
    expired: 12,
    healthyDiscarded: 34,
    poison: 'expired',
    payload: 'gone',
    invocations: 56,
    recordCalls: 7_890,
    longestBlockMs: 86_400_000,
    gbSeconds: 1.25,
    requests: 56,
    usd: 0.0123,
  } as const;
  const samples = [1, 2].map((hour) => ({ atMs: hour * 3_600_000, ageMs: hour * 1_000, passed: hour }));
  const shards = [0, 1].map((n) => ({ shardId: `shardId-00000000000${n}`, holdsPoison: n === 1, samples }));
  return { parameters, contenders: contenders.map((contender) => ({ ...contender, name, figures, shards })) };
}

describe('the story', () => {
  test('tells the same figures on the terminal and on the page', () => {
    const data = storyOf('Name');
    const [text, html] = [terminalText(data), page(data)];
    for (const { label, cells } of figureRows(data)) {
      for (const told of [label, cells[0]!]) {
        expect(text).toContain(told);
        expect(html).toContain(told);
      }
    }
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('keeps the poison record out of the healthy ones that expired', () => {
    const lost = figureRows(storyOf('Name')).find(({ label }) => label === 'healthy records lost to expiry');
    expect(lost?.cells[0]).toBe('11');
  });

  test('takes hostile text for text', () => {
    const html = page(storyOf('</script><img src=x onerror=alert(1)>"\''));
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
  });

  test('reaches for nothing outside', () => {
    const html = page(storyOf('Name'));
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  });

  test('durations read like durations', () => {
    expect([0, 59_400, 90_000, 3_600_000, 86_399_000].map(duration)).toEqual([
      '0 s',
      '59 s',
      '1 min 30 s',
      '1 h',
      '23 h 59 min',
    ]);
  });
});
