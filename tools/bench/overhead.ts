import type { KinesisStreamEvent } from 'aws-lambda';
import type { RecordAttempt } from 'undam';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import { type BenchHandler, bareLoop, powertools, undam } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { interleave, type Sample } from './rounds.ts';

const sizes = [100, 1_000, 10_000];
const recordsPerSample = 10_000;
/** Enough for the optimising compiler to have settled: what runs once per invocation needs some thousands of them. */
const warmUpRounds = 60;
const reference = 'Powertools sequential';
const noop = async (): Promise<void> => {};
const readSignal = async (_record: unknown, { signal }: RecordAttempt<unknown>): Promise<void> =>
  signal.throwIfAborted();

/** What the library itself costs per record: a handler that does nothing, 100 keys. */
export const overhead: BenchCase = {
  name: 'overhead',
  about: 'a handler that does nothing, batches of 100, 1,000 and 10,000 records over 100 keys',
  rounds: 20,
  run: (rounds, progress) => compare(overhead.name, undam(noop), 0.5, rounds, progress),
};

/** The same with a handler that reads `signal`, which Undam makes on first use. */
export const signal: BenchCase = {
  name: 'signal',
  about: 'the same, with a handler that reads signal (Powertools has none: its handler stays as it is)',
  rounds: 20,
  run: (rounds, progress) => compare(signal.name, undam(readSignal), 0.75, rounds, progress),
};

async function compare(
  name: string,
  undamHandler: BenchHandler,
  atMost: number,
  rounds: number,
  progress: (line: string) => void,
): Promise<Row[]> {
  const handlers: Record<string, BenchHandler> = {
    'bare loop': bareLoop(noop),
    [reference]: powertools(noop, false),
    'Powertools parallel': powertools(noop, true),
    Undam: undamHandler,
  };
  const rows: Row[] = [];
  for (const size of sizes) {
    progress(`${name}: batches of ${size.toLocaleString('en')}, ${rounds} rounds`);
    const json = kinesisEventJson(size, 100);
    const samples = Object.fromEntries(
      Object.entries(handlers).map(([contender, handler]) => [contender, sampleOf(handler, json, size)]),
    );
    const totals = await interleave(samples, rounds, warmUpRounds);
    const referenceMs = totals[reference] ?? Number.NaN;
    for (const [contender, ms] of Object.entries(totals)) {
      const ratio = ms / referenceMs;
      rows.push({
        case: `${name} ${size.toLocaleString('en')}`,
        contender,
        value: (ms * 1e6) / (rounds * recordsPerSample),
        unit: 'ns/record',
        ratio,
        ...(contender === 'Undam' && { bound: bound('ratio', ratio, atMost) }),
      });
    }
  }
  return rows;
}

/**
 * Parses the events first, as the runtime does before it calls a handler, and times the invocations only. The collection
 * in between is of young objects only: a full one would throw optimised code away, which no Lambda sees.
 */
function sampleOf(handler: BenchHandler, json: string, size: number): Sample {
  return async () => {
    const events = Array.from({ length: recordsPerSample / size }, () => JSON.parse(json) as KinesisStreamEvent);
    globalThis.gc?.({ type: 'minor' });
    const startedAt = performance.now();
    for (const event of events) await handler(event, lambdaContext());
    return performance.now() - startedAt;
  };
}
