import { type Cell, environmentKinds, positions, runtimes } from './cell.ts';
import { type DeathName, deathNames } from './deaths.ts';

type Shape = Pick<Cell, 'position' | 'batch' | 'concurrency'>;

const sizes = [
  { batch: 1, concurrency: 1 },
  { batch: 10, concurrency: 1 },
  { batch: 10, concurrency: 10 },
  { batch: 100, concurrency: 1 },
  { batch: 100, concurrency: 10 },
] as const;

/** Every position in every batch. In a batch of one there is but one. */
const everyShape: readonly Shape[] = sizes.flatMap((size) =>
  (size.batch === 1 ? (['first'] as const) : positions).map((position) => ({ position, ...size })),
);

/** For the other runtimes. */
const oneShape: readonly Shape[] = [{ position: 'last', batch: 100, concurrency: 10 }];

/**
 * All of the matrix: the first runtime with every death, position, batch, concurrency and environment, the others with
 * every death and environment. Bisect is on in every other cell, so that each death meets it at each position, in both
 * environments.
 */
export function wholeMatrix(): Cell[] {
  const [first, ...others] = runtimes;
  return [...cross(everyShape, () => [first], deathNames), ...cross(oneShape, () => others, deathNames)];
}

/** Every death in both environments, the runtimes in turn. */
export function sliceOfMatrix(): Cell[] {
  const shapes: readonly Shape[] = [{ position: 'middle', batch: 10, concurrency: 10 }];
  const runtimeOf = (turn: number) => [runtimes[turn % runtimes.length]!];
  const two: readonly Shape[] = [{ position: 'two', batch: 100, concurrency: 10 }];
  return [...cross(shapes, runtimeOf, deathNames), ...cross(two, runtimeOf, ['exit'])];
}

function cross(
  shapes: readonly Shape[],
  runtimesOf: (turn: number) => readonly Cell['runtime'][],
  among: readonly DeathName[],
): Cell[] {
  const cells: Cell[] = [];
  for (const [turn, death] of among.entries()) {
    for (const [place, shape] of shapes.entries()) {
      // What one batch has left can strike the next only once.
      if (death === 'stray-rejection' && shape.position === 'two') continue;
      for (const [side, environment] of environmentKinds.entries()) {
        for (const [column, runtime] of runtimesOf(turn + side).entries()) {
          const bisect = (turn + place + Math.floor(place / positions.length) + side + column) % 2 === 0;
          cells.push({ death, ...shape, bisect, environment, runtime });
        }
      }
    }
  }
  return cells;
}
