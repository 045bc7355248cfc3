import { type BenchCase, bound, type Row } from './bench-case.ts';
import { type BenchHandler, guardedProcessor, powertools, streamProcessor, undam } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { noop, recordsPerSample, sampleOf, warmUpRounds } from './overhead.ts';
import { interleave } from './rounds.ts';

const size = 1_000;

interface Pair {
  readonly name: string;
  readonly reference: readonly [contender: string, handler: BenchHandler];
  readonly ours: readonly [contender: string, handler: BenchHandler];
  /** The ratio that is the bound. */
  readonly atMost?: number;
}

/** `StreamProcessor` beside what it stands in for: Powertools' own, and `eachRecord()` where Undam runs the records. */
export const processor: BenchCase = {
  name: 'processor',
  about: `StreamProcessor beside BatchProcessor, and under the middlewares beside eachRecord(); batches of ${size.toLocaleString('en')}`,
  rounds: 60,
  run: async (rounds, progress) => {
    const rows: Row[] = [];
    for (const pair of pairs()) {
      progress(`processor, ${pair.name}: ${rounds} rounds`);
      rows.push(...(await comparePair(pair, rounds)));
    }
    return rows;
  },
};

function pairs(): Pair[] {
  const plain = [true, false].map((inParallel) => ({
    name: inParallel ? 'parallel' : 'sequential',
    reference: ['BatchProcessor', powertools(noop, inParallel)] as const,
    ours: ['StreamProcessor', streamProcessor(noop, inParallel)] as const,
    atMost: 1.05,
  }));
  const guarded: Pair = {
    name: 'guarded',
    reference: ['eachRecord()', undam(noop)],
    ours: ['StreamProcessor under the middlewares', guardedProcessor(noop)],
  };
  return [...plain, guarded];
}

async function comparePair({ name, reference, ours, atMost }: Pair, rounds: number): Promise<Row[]> {
  const json = kinesisEventJson(size, 100);
  const samples = [reference, ours].map(([contender, handler]) => [contender, sampleOf(handler, json, size)] as const);
  const totals = await interleave(Object.fromEntries(samples), rounds, warmUpRounds);
  const referenceMs = totals[reference[0]] ?? Number.NaN;
  return Object.entries(totals).map(([contender, ms]): Row => {
    const ratio = ms / referenceMs;
    return {
      case: `processor ${name}`,
      contender,
      value: (ms * 1e6) / (rounds * recordsPerSample),
      unit: 'ns/record',
      ratio,
      ...(contender === ours[0] && atMost !== undefined && { bound: bound('ratio', ratio, atMost) }),
    };
  });
}
