import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import { type BenchHandler, bareLanes, powertools, undam, type Work } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { interleave, median, type Rounds, ratioOf } from './rounds.ts';

const records = 1_000;
const keys = 100;
const workMs = 5;
const reference = 'bare promise lanes';

/** Handlers that wait: the time that lanes themselves take. */
export const ioBound: BenchCase = {
  name: 'io',
  about: `${records.toLocaleString('en')} records over ${keys} keys, ${workMs} ms each, ${keys} at once`,
  rounds: 20,
  run: async (rounds, progress) => {
    progress(`io: ${rounds} rounds`);
    const contenders = [
      contender(reference, bareLanes),
      contender('Undam', (work) => undam(work, keys)),
      contender('Powertools parallel (all at once, unordered)', (work) => powertools(work, true)),
    ];
    const times = await interleave(Object.fromEntries(contenders.map(({ name, sample }) => [name, sample])), rounds, 2);
    return contenders.map(({ name, broken }) => row(name, times, broken()));
  },
};

function row(contender: string, times: Rounds, broken: number): Row {
  const ratio = ratioOf(times[contender]!, times[reference]!);
  const ordered = broken === 0;
  const limit = bound('ratio', ratio, 1.05);
  return {
    case: ioBound.name,
    contender,
    value: median(times[contender]!),
    unit: 'ms',
    ratio,
    ...(contender === 'Undam' && { bound: { ...limit, ok: limit.ok && ordered } }),
    note: ordered ? 'order per key kept' : `${broken} records started before an earlier one of their key had ended`,
  };
}

function contender(name: string, handlerOf: (work: Work) => BenchHandler) {
  const json = kinesisEventJson(records, keys);
  const lanes = new OrderWatch();
  const handler = handlerOf(async (record) => {
    lanes.start(record);
    await new Promise((resolve) => setTimeout(resolve, workMs));
    lanes.end(record);
  });
  const sample = async (): Promise<number> => {
    const event = JSON.parse(json) as KinesisStreamEvent;
    lanes.reset();
    globalThis.gc?.({ type: 'minor' });
    // Timers count from the loop's cached time. A turn of the loop keeps parsing and garbage collection out of the first wait.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const startedAt = performance.now();
    await handler(event, lambdaContext());
    const ms = performance.now() - startedAt;
    if (lanes.ended !== records) throw new Error(`${name}: ${lanes.ended} of ${records} records done`);
    return ms;
  };
  return { name, sample, broken: () => lanes.broken };
}

/** Counts records started out of order or beside another record of their key. */
class OrderWatch {
  broken = 0;
  ended = 0;
  #last = new Map<string, string>();
  #running = new Set<string>();

  reset(): void {
    this.ended = 0;
    this.#last = new Map();
    this.#running = new Set();
  }

  start({ kinesis: { partitionKey, sequenceNumber } }: KinesisStreamRecord): void {
    const outOfOrder = sequenceNumber <= (this.#last.get(partitionKey) ?? '');
    if (outOfOrder || this.#running.has(partitionKey)) this.broken++;
    this.#last.set(partitionKey, sequenceNumber);
    this.#running.add(partitionKey);
  }

  end({ kinesis: { partitionKey } }: KinesisStreamRecord): void {
    this.#running.delete(partitionKey);
    this.ended++;
  }
}
