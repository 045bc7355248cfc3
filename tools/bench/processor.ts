import { type BenchCase, bound, type Row } from './bench-case.ts';
import { type BenchHandler, guardedProcessor, powertools, streamProcessor, undam } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { noop, recordsPerSample, sampleOf, warmUpRounds } from './overhead.ts';
import { interleave, median, ratioOf } from './rounds.ts';

const size = 1_000;

interface Comparison {
  readonly name: string;
  /** The first one is the reference. */
  readonly contenders: Readonly<Record<string, BenchHandler>>;
  /** Upper bound of the ratio of `StreamProcessor`. */
  readonly atMost?: number;
}

/** `StreamProcessor` beside the class it replaces, and under the middlewares beside `eachRecord()`. */
export const processor: BenchCase = {
  name: 'processor',
  about: `StreamProcessor beside BatchProcessor, and under the middlewares beside eachRecord(); batches of ${size.toLocaleString('en')}`,
  rounds: 60,
  run: async (rounds, progress) => {
    const rows: Row[] = [];
    for (const comparison of comparisons()) {
      progress(`processor, ${comparison.name}: ${rounds} rounds`);
      rows.push(...(await compare(comparison, rounds)));
    }
    return rows;
  },
};

function comparisons(): Comparison[] {
  const plain = [true, false].map((inParallel) => ({
    name: inParallel ? 'parallel' : 'sequential',
    contenders: {
      BatchProcessor: powertools(noop, inParallel),
      StreamProcessor: streamProcessor(noop, inParallel),
    },
    atMost: 1.05,
  }));
  const guarded: Comparison = {
    name: 'guarded',
    contenders: {
      'eachRecord()': undam(noop),
      'StreamProcessor under the middlewares': guardedProcessor(noop),
      'BatchProcessor, no middlewares': powertools(noop, true),
    },
  };
  return [...plain, guarded];
}

async function compare({ name, contenders, atMost }: Comparison, rounds: number): Promise<Row[]> {
  const json = kinesisEventJson(size, 100);
  const samples = Object.entries(contenders).map(([one, handler]) => [one, sampleOf(handler, json, size)] as const);
  const times = await interleave(Object.fromEntries(samples), rounds, warmUpRounds);
  const [reference = []] = Object.values(times);
  return Object.entries(times).map(([contender, own]): Row => {
    const ratio = ratioOf(own, reference);
    return {
      case: `processor ${name}`,
      contender,
      value: (median(own) * 1e6) / recordsPerSample,
      unit: 'ns/record',
      ratio,
      ...(contender === 'StreamProcessor' && atMost !== undefined && { bound: bound('ratio', ratio, atMost) }),
    };
  });
}
