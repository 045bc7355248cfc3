import { figureRows } from './figures-table.ts';
import type { StoryData } from './story-data.ts';

const width = 78;

/** The figures as text, one block for each contender, at most 78 columns wide. */
export function terminalText(data: StoryData): string {
  const { parameters: p, contenders } = data;
  const rows = figureRows(data);
  const label = Math.max(...rows.map((row) => row.label.length));
  const head = [
    `${p.shards} shards at ${p.recordsPerSecond} record/s each, a batching window of ${p.batchingWindowSeconds} s,`,
    `${p.retentionHours} h retention; one record that can never succeed, after ${p.poisonAtHour} h of ${p.watchedHours} h. Simulated.`,
  ];
  const blocks = contenders.map(({ name, summary }, index) => {
    const lines = rows.map((row) => `  ${row.label.padEnd(label)}  ${row.cells[index]}`);
    return [name, ...wrapped(summary), '', ...lines].join('\n');
  });
  return [head.join('\n'), ...blocks].join('\n\n');
}

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > width) lines.push('');
    lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trimStart();
  }
  return lines.map((line) => `  ${line}`);
}
