import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { judge, type Promised } from './bounds.ts';
import { type Cell, cellName, environmentKinds, handlerKinds, positions, runtimes } from './cell.ts';
import { sliceOfMatrix, wholeMatrix } from './crossing.ts';
import { deathNames, deathOf } from './deaths.ts';
import { inLaboratory } from './matrix.ts';
import type { Delivery, ObservedCell } from './observed-cell.ts';
import { matrixCommand } from './options.ts';
import { runCell } from './run-cell.ts';

const cell: Cell = {
  death: 'exit',
  position: 'middle',
  batch: 3,
  concurrency: 1,
  handler: 'eachRecord',
  bisect: false,
  environment: 'same',
  runtime: 'node22-ric4',
};

test('a ledger that forgets with the process is noticed: the shard does not move on', async () => {
  const observed = await inLaboratory(({ folder, bundle, table }) =>
    runCell(
      { ...cell, position: 'first', batch: 1 },
      { bundle, folder: join(folder, 'cell'), functionName: 'forgetful', table, ledger: 'memory' },
    ),
  );
  expect(broken(observed)).toEqual(['moves-on', 'starts', 'quarantined']);
});

describe('the judge', () => {
  const records = ['1', '2', '3'];
  const dead: Delivery = {
    records,
    result: { kind: 'exited', code: 0, signal: null },
    died: true,
    started: ['1', '2'],
    ended: ['1'],
    quarantined: [],
    ledgerFailed: [],
    answerLost: 0,
  };
  const alive: Delivery = {
    records,
    result: { kind: 'response', payload: { batchItemFailures: [] } },
    died: false,
    started: ['1', '3'],
    ended: ['1', '3'],
    quarantined: [{ record: '2', reason: 'crashed' }],
    ledgerFailed: [],
    answerLost: 0,
  };
  const good: ObservedCell = {
    cell,
    struck: ['2'],
    healthy: ['1', '3'],
    deliveries: [...Array<Delivery>(5).fill(dead), alive],
    movedOn: true,
    ms: 1,
  };
  const behindAnswer: Cell = { ...cell, death: 'abort-behind-answer' };
  const answered: Delivery = {
    ...dead,
    result: { kind: 'exited', code: null, signal: 'SIGABRT' },
    started: records,
    ended: records,
  };
  const many = Array.from({ length: 33 }, (_, index) => `h${index}`);
  const twice = { started: [...many, '2'], ended: many };

  const cases: [string, Promised[], Partial<ObservedCell>][] = [
    ['a cell as it should be', [], {}],
    ['a shard that stands', ['moves-on'], { movedOn: false }],
    ['a death that does not come', ['dies-so'], { deliveries: [alive] }],
    [
      'another death than that of the cell',
      ['dies-so'],
      { deliveries: [{ ...dead, result: { kind: 'timed-out' } }, alive] },
    ],
    ['a killer that is started too often', ['starts'], { deliveries: [...Array<Delivery>(6).fill(dead), alive] }],
    ['a killer that is not quarantined', ['quarantined'], { deliveries: [dead, { ...alive, quarantined: [] }] }],
    [
      'a killer that is quarantined for something else',
      ['quarantined'],
      { deliveries: [dead, { ...alive, quarantined: [{ record: '2', reason: 'timed-out' }] }] },
    ],
    [
      'a neighbour that is quarantined',
      ['quarantined'],
      { deliveries: [dead, { ...alive, quarantined: [...alive.quarantined, { record: '3', reason: 'crashed' }] }] },
    ],
    [
      'a record that is quarantined where nobody is to blame',
      ['quarantined'],
      {
        cell: { ...cell, death: 'killed-once' },
        deliveries: [{ ...dead, result: { kind: 'exited', code: null, signal: 'SIGKILL' } }, alive],
      },
    ],
    [
      'neighbours that run again by the dozen',
      ['run-twice'],
      {
        healthy: many,
        deliveries: [
          { ...dead, ...twice },
          { ...alive, ...twice },
        ],
      },
    ],
    [
      'a death behind the answer that comes again',
      ['deaths-behind-answer', 'told'],
      { cell: behindAnswer, deliveries: [answered, answered, { ...answered, died: false }] },
    ],
    [
      'a death behind the answer that has records started again',
      ['deaths-behind-answer'],
      { cell: behindAnswer, deliveries: [answered, { ...answered, died: false, started: ['1'], answerLost: 3 }] },
    ],
    ['a death that is told of as one behind the answer', ['told'], { deliveries: [dead, { ...alive, answerLost: 1 }] }],
    ['a neighbour that is lost', ['lost'], { deliveries: [dead, { ...alive, ended: ['1'] }] }],
    [
      'a killer that is passed late where nothing survives',
      ['deliveries'],
      { cell: { ...cell, environment: 'replaced' }, deliveries: [...Array<Delivery>(7).fill(dead), alive] },
    ],
  ];
  test.each(cases)('%s: breaks %j', (_what, promised, difference) => {
    expect(broken({ ...good, ...difference })).toEqual(promised);
  });

  test('counts a delivery against a killer only where it was in the batch', () => {
    const replaced = { ...good, cell: { ...cell, environment: 'replaced' } } as const;
    const healthyHalf = { ...alive, records: ['3'], quarantined: [] };
    const deliveries = [...Array<Delivery>(6).fill(dead), healthyHalf, alive];
    expect(judge({ ...replaced, deliveries }).passedAfter).toBe(7);
    expect(broken({ ...replaced, deliveries })).toEqual([]);
  });

  test('counts a record as run again only behind the death that cost it', () => {
    const deliveries = [alive, { ...dead, started: ['2'], ended: [] }, { ...alive, started: ['3'] }];
    expect(judge({ ...good, deliveries }).runTwice).toBe(0);
    expect(judge(good).runTwice).toBe(1);
  });
});

describe('the matrix', () => {
  const whole = wholeMatrix();

  const whileRunning = deathNames.filter((name) => deathOf(name).strikes !== 'behind-answer');
  const behindAnswer = deathNames.filter((name) => deathOf(name).strikes === 'behind-answer');

  test('has each death behind the answer under each wrapper and runtime, as first, middle, last and lone record', () => {
    const seen = new Set(
      whole.flatMap(({ death, handler, position, batch, bisect, environment, runtime }) => [
        `${death} ${handler} ${batch === 1 ? 'lone' : position} ${environment}`,
        `${death} ${handler} ${environment} ${bisect}`,
        `${death} ${handler} ${environment} ${runtime}`,
      ]),
    );
    for (const death of behindAnswer) {
      for (const handler of handlerKinds) {
        for (const environment of environmentKinds) {
          for (const place of ['first', 'middle', 'last', 'lone', 'true', 'false', ...runtimes])
            expect([...seen].some((one) => one.includes(`${death} ${handler}`) && one.includes(place))).toBe(true);
          for (const runtime of runtimes) expect(seen).toContain(`${death} ${handler} ${environment} ${runtime}`);
        }
      }
    }
  });

  test('has each death at each position of each batch, in both environments', () => {
    const of = ({ death, position, batch, concurrency, environment }: Cell) =>
      [death, position, batch, concurrency, environment].join(' ');
    const seen = new Set(whole.filter(({ runtime }) => runtime === runtimes[0]).map(of));
    for (const death of whileRunning) {
      for (const environment of environmentKinds) {
        expect(seen).toContain(`${death} first 1 1 ${environment}`);
        for (const size of ['10 1', '10 10', '100 1', '100 10']) {
          for (const position of positions) {
            if (death !== 'stray-rejection' || position !== 'two')
              expect(seen).toContain(`${death} ${position} ${size} ${environment}`);
          }
        }
      }
    }
  });

  test('has each death under every runtime, and with bisect on and off, in both environments', () => {
    const seen = new Set(
      whole.flatMap(({ death, environment, runtime, bisect, position, batch }) => [
        `${death} ${environment} ${runtime}`,
        `${death} ${environment} ${bisect}`,
        ...(batch > 1 ? [`${death} ${environment} ${bisect} ${position}`] : []),
      ]),
    );
    const bisects = [true, false].flatMap((bisect) => [String(bisect), ...positions.map((at) => `${bisect} ${at}`)]);
    for (const death of whileRunning)
      for (const environment of environmentKinds)
        for (const what of [...runtimes, ...bisects])
          if (death !== 'stray-rejection' || !what.endsWith('two'))
            expect(seen).toContain(`${death} ${environment} ${what}`);
  });

  test('has no cell twice', () => {
    for (const cells of [whole, sliceOfMatrix()]) expect(new Set(cells.map(cellName)).size).toBe(cells.length);
  });

  test('has every death, environment and runtime in its slice', () => {
    const slice = sliceOfMatrix();
    const seen = new Set(slice.flatMap(({ death, environment, runtime }) => [`${death} ${environment}`, runtime]));
    for (const death of deathNames)
      for (const environment of environmentKinds) expect(seen).toContain(`${death} ${environment}`);
    for (const runtime of runtimes) expect(seen).toContain(runtime);
  });
});

describe('the command line', () => {
  test.each([
    [['--fast'], 'fast'],
    [['--workers', '0'], '--workers: expected a whole number from 1 to 99, got "0"'],
    [['--only', 'exit'], '--only: expected AXIS=VALUE with one of death, position, batch,'],
    [['--only', 'constructor=exit'], '--only: expected AXIS=VALUE'],
    [['--only', 'death=boredom'], '--only death: expected one of out-of-memory, endless-loop,'],
    [['--only', 'batch=7'], '--only batch: expected one of 1, 10, 100, got "7"'],
  ])('%j is refused with what was expected', (args, message) => {
    expect(() => matrixCommand(args)).toThrow(message);
  });

  test('values of one axis are alternatives, axes are not', () => {
    const args = ['--only', 'death=exit', '--only', 'death=abort', '--only', 'bisect=on', '--only', 'batch=10'];
    const left = wholeMatrix().filter(matrixCommand(args).only);
    expect(new Set(left.map(({ death, bisect, batch }) => `${death} ${bisect} ${batch}`))).toEqual(
      new Set(['exit true 10', 'abort true 10']),
    );
  });
});

function broken(observed: ObservedCell): Promised[] {
  return judge(observed).bounds.flatMap(({ promise, kept }) => (kept ? [] : [promise]));
}
