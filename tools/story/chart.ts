import { escaped } from './html.ts';
import type { StorySample, StoryShard } from './story-data.ts';

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** For readers who cannot see the lines. */
  readonly description: string;
  readonly shards: readonly StoryShard[];
  readonly value: (sample: StorySample) => number;
  /** The end of the scale: the same for all contenders, for comparison. */
  readonly most: number;
  readonly mark: (value: number) => string;
  readonly hours: number;
}

const box = { width: 640, height: 240, left: 56, right: 12, top: 14, bottom: 30 };
const plot = { width: box.width - box.left - box.right, height: box.height - box.top - box.bottom };

/** A line chart of all shards over time, as SVG. The shard of the poison record has the bold line. */
export function chart(options: ChartOptions): string {
  const { id, title, description, shards, most, mark, hours } = options;
  const x = (hour: number): number => box.left + (hour / hours) * plot.width;
  const y = (value: number): number => box.top + plot.height * (1 - value / most);
  const steps = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  const grid = steps.map((value) => {
    const at = y(value).toFixed(1);
    return `<line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${at}" y2="${at}"/><text class="tick" x="${box.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${escaped(mark(value))}</text>`;
  });
  const ticks = Array.from({ length: Math.floor(hours / 6) + 1 }, (_, index) => index * 6).map((hour) => {
    return `<text class="tick" x="${x(hour).toFixed(1)}" y="${box.height - 8}" text-anchor="middle">${hour} h</text>`;
  });
  const lines = [...shards]
    .sort((a, b) => Number(a.holdsPoison) - Number(b.holdsPoison))
    .map((shard) => `<path class="${shard.holdsPoison ? 'poisoned' : 'healthy'}" d="${line(shard, options, x, y)}"/>`);
  return `<svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${escaped(title)}</title><desc id="${id}-d">${escaped(description)}</desc>${grid.join('')}${ticks.join('')}${lines.join('')}<line class="cursor" x1="${box.left}" x2="${box.left}" y1="${box.top}" y2="${box.top + plot.height}"/></svg>`;
}

/** The cursor's positions at the start and the end of the time axis. */
export const cursorRange: readonly [number, number] = [box.left, box.width - box.right];

function line(
  { samples }: StoryShard,
  { value }: ChartOptions,
  x: (hour: number) => number,
  y: (value: number) => number,
): string {
  return samples
    .map(
      (sample, index) =>
        `${index === 0 ? 'M' : 'L'}${x(sample.atMs / 3_600_000).toFixed(1)} ${y(value(sample)).toFixed(1)}`,
    )
    .join('');
}
