import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KinesisStreamEvent } from 'aws-lambda';
import { fileLedger, type RecordAttempt } from 'undam';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import { type BenchHandler, bareLoop, powertools, undam } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { interleave, median, ratioOf, type Sample } from './rounds.ts';

const sizes = [100, 1_000, 10_000];
export const recordsPerSample = 10_000;
/** Enough rounds for the optimising compiler to settle: code that runs once per invocation needs some thousands of calls. */
export const warmUpRounds = 60;
const reference = 'Powertools sequential';
export const noop = async (): Promise<void> => {};
const readSignal = async (_record: unknown, { signal }: RecordAttempt<unknown>): Promise<void> =>
  signal.throwIfAborted();

/** The library's own cost per record: a handler that does nothing, 100 keys. */
export const overhead: BenchCase = {
  name: 'overhead',
  about: 'a handler that does nothing, batches of 100, 1,000 and 10,000 records over 100 keys',
  rounds: 60,
  run: (rounds, progress) => compare(overhead.name, { Undam: [undam(noop), 0.5] }, rounds, progress),
};

/** The same with a handler that reads `signal`, which Undam makes on first use. */
export const signal: BenchCase = {
  name: 'signal',
  about: 'overhead with a handler that reads signal (Powertools has no signal: its handler does nothing)',
  rounds: 60,
  run: (rounds, progress) => compare(signal.name, { Undam: [undam(readSignal), 0.75] }, rounds, progress),
};

/** The cost of remembering while nothing fails: the file ledger is the default in Lambda. */
export const ledgers: BenchCase = {
  name: 'ledgers',
  about: 'overhead with each ledger while nothing fails; after a death, each start is marked for an hour',
  rounds: 60,
  run: async (rounds, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'undam-ledgers-'));
    try {
      return await compare(ledgers.name, await undamByLedger(folder), rounds, progress);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function undamByLedger(folder: string): Promise<Contenders> {
  const died = join(folder, 'died');
  await mkdir(died, { mode: 0o700 });
  await writeFile(join(died, 'died'), String(Date.now()), { mode: 0o600 });
  return {
    'Undam, memory': [undam(noop)],
    'Undam, file': [undam(noop, undefined, fileLedger({ folder: join(folder, 'file') })), 0.75],
    'Undam, file, after a death': [undam(noop, undefined, fileLedger({ folder: died }))],
  };
}

/** Handlers, each with its bound on the ratio. */
type Contenders = Readonly<Record<string, readonly [BenchHandler, number?]>>;

async function compare(
  name: string,
  contenders: Contenders,
  rounds: number,
  progress: (line: string) => void,
): Promise<Row[]> {
  const handlers: Record<string, BenchHandler> = {
    'bare loop': bareLoop(noop),
    [reference]: powertools(noop, false),
    'Powertools parallel': powertools(noop, true),
    ...Object.fromEntries(Object.entries(contenders).map(([contender, [handler]]) => [contender, handler])),
  };
  const rows: Row[] = [];
  for (const size of sizes) {
    progress(`${name}: batches of ${size.toLocaleString('en')}, ${rounds} rounds`);
    const json = kinesisEventJson(size, 100);
    const samples = Object.fromEntries(
      Object.entries(handlers).map(([contender, handler]) => [contender, sampleOf(handler, json, size)]),
    );
    const times = await interleave(samples, rounds, warmUpRounds);
    for (const [contender, own] of Object.entries(times)) {
      const ratio = ratioOf(own, times[reference]!);
      const [, atMost] = contenders[contender] ?? [];
      rows.push({
        case: `${name} ${size.toLocaleString('en')}`,
        contender,
        value: (median(own) * 1e6) / recordsPerSample,
        unit: 'ns/record',
        ratio,
        ...(atMost !== undefined && { bound: bound('ratio', ratio, atMost) }),
      });
    }
  }
  return rows;
}

/**
 * Parses the events first, as the runtime does before it calls a handler, and times only the invocations. The collection in
 * between is of young objects only: a full one would discard optimised code, which never happens in Lambda.
 */
export function sampleOf(handler: BenchHandler, json: string, size: number): Sample {
  return async () => {
    const events = Array.from({ length: recordsPerSample / size }, () => JSON.parse(json) as KinesisStreamEvent);
    globalThis.gc?.({ type: 'minor' });
    const startedAt = performance.now();
    for (const event of events) await handler(event, lambdaContext());
    return performance.now() - startedAt;
  };
}
