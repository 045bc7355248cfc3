import type { ContenderStory, StoryData } from './story-data.ts';

/** One line of the comparison: the same words on the terminal and on the page. */
export interface FigureRow {
  readonly label: string;
  readonly cells: readonly string[];
}

export function figureRows({ contenders }: StoryData): FigureRow[] {
  const row = (label: string, cell: (story: ContenderStory) => string): FigureRow => ({
    label,
    cells: contenders.map(cell),
  });
  return [
    row('longest a record waited', ({ figures }) => duration(figures.longestBlockMs)),
    row('healthy records lost to expiry', ({ figures }) => {
      return number(figures.expired - (figures.poison === 'expired' ? 1 : 0));
    }),
    row('healthy records discarded', ({ figures }) => number(figures.healthyDiscarded)),
    row('the poison record', ({ figures }) => figures.poison),
    row('its payload', ({ figures }) => figures.payload),
    row('records processed', ({ figures }) => number(figures.processed)),
    row('calls of the business function', ({ figures }) => number(figures.recordCalls)),
    row('of them, repeats', ({ figures }) => number(Math.max(0, figures.recordCalls - figures.records))),
    row('invocations', ({ figures }) => number(figures.invocations)),
    row('GB-seconds', ({ figures }) => figures.gbSeconds.toFixed(1)),
    row('cost in USD', ({ figures }) => figures.usd.toFixed(4)),
  ];
}

/** 90,000 → `1 min 30 s`; 86,400,000 → `24 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const [large, small, unit, part] = seconds < 3_600 ? [60, 1, 'min', 's'] : [3_600, 60, 'h', 'min'];
  const rest = Math.floor((seconds % large!) / small!);
  return `${Math.floor(seconds / large!)} ${unit}${rest > 0 ? ` ${rest} ${part}` : ''}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
