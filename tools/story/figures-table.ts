import { duration } from '../terminal/duration.ts';
import type { ContenderStory, StoryData } from './story-data.ts';

/** One line of the comparison, with the same words on the terminal and on the page. */
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
    row('of these, repeats', ({ figures }) => number(Math.max(0, figures.recordCalls - figures.records))),
    row('invocations', ({ figures }) => number(figures.invocations)),
    row('GB-seconds', ({ figures }) => figures.gbSeconds.toFixed(1)),
    row('cost in USD', ({ figures }) => figures.usd.toFixed(4)),
  ];
}

function number(value: number): string {
  return value.toLocaleString('en');
}
