import { type Cell, environmentKinds, handlerKinds, positions, runtimes } from './cell.ts';
import { type DeathName, deathNames, deathOf } from './deaths.ts';

type Shape = Pick<Cell, 'position' | 'batch' | 'concurrency' | 'handler'>;

const sizes = [
  { batch: 1, concurrency: 1 },
  { batch: 10, concurrency: 1 },
  { batch: 10, concurrency: 10 },
  { batch: 100, concurrency: 1 },
  { batch: 100, concurrency: 10 },
  { batch: 100, concurrency: 32 },
] as const;

const handler = 'eachRecord';

/** Every position in every batch; a batch of one has only one. */
const everyShape: readonly Shape[] = sizes.flatMap((size) =>
  (size.batch === 1 ? (['first'] as const) : positions).map((position) => ({ position, ...size, handler })),
);

/** For the other runtimes. */
const oneShape: readonly Shape[] = [{ position: 'last', batch: 100, concurrency: 10, handler }];

const isBehindAnswer = (death: DeathName): boolean => deathOf(death).strikes === 'behind-answer';
const behindAnswer = deathNames.filter(isBehindAnswer);
const whileRunning = deathNames.filter((death) => !isBehindAnswer(death));

/** Places of the record that leaves a death behind, under each wrapper. */
const everyShapeBehindAnswer: readonly Shape[] = [
  ...everyShape.filter(({ batch, position }) => batch <= 10 && position !== 'two'),
  ...handlerKinds
    .filter((kind) => kind !== handler)
    .flatMap((kind) => [
      { position: 'first', batch: 1, concurrency: 1, handler: kind } as const,
      ...positions
        .filter((position) => position !== 'two')
        .map((position) => ({ position, batch: 10, concurrency: 1, handler: kind }) as const),
    ]),
];

/** The same for the other runtimes. */
const oneShapeBehindAnswer: readonly Shape[] = handlerKinds.map((kind) => ({
  position: 'last',
  batch: 10,
  concurrency: 1,
  handler: kind,
}));

/**
 * The whole matrix: the first runtime with every death, position, batch, concurrency and environment; the others with every death
 * and environment. Bisect is on in every other cell, so that each death meets it at each position in both environments. Deaths
 * behind the answer have their own batches, under every wrapper.
 */
export function wholeMatrix(): Cell[] {
  const [first, ...others] = runtimes;
  return [
    ...cross(everyShape, () => [first], whileRunning),
    ...cross(oneShape, () => others, whileRunning),
    ...cross(everyShapeBehindAnswer, () => [first], behindAnswer),
    ...cross(oneShapeBehindAnswer, () => others, behindAnswer),
  ];
}

/** Every death in both environments, the runtimes in turn. */
export function sliceOfMatrix(): Cell[] {
  const shapes: readonly Shape[] = [{ position: 'middle', batch: 10, concurrency: 10, handler }];
  const runtimeOf = (turn: number) => [runtimes[turn % runtimes.length]!];
  const two: readonly Shape[] = [{ position: 'two', batch: 100, concurrency: 10, handler }];
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
      // A batch can leave only one promise, which strikes the next batch once.
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
