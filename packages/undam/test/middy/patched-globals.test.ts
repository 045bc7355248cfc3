import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { BrokenPromise } from '../kit/foreign-promise.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';

type Handler = (event: KinesisStreamEvent) => unknown;

const wrappers = {
  eachRecord: (handler: Handler) => eachRecord((record) => handler({ Records: [record] })),
  wholeBatch: (handler: Handler) => wholeBatch(handler),
  splitOnError: (handler: Handler) => splitOnError(handler as never),
} as const;
const kinds = Object.keys(wrappers) as (keyof typeof wrappers)[];

const broken = (): never => {
  throw new Error('patched');
};
class Broken {
  constructor() {
    broken();
  }
}

/** What a handler may do to its surroundings. */
const patches = {
  'Date.now': () => Object.assign(Date, { now: () => 0 }),
  'Math.random': () => Object.assign(Math, { random: broken }),
  'performance.now': () => Object.assign(performance, { now: () => 0 }),
  setTimeout: () => Object.assign(globalThis, { setTimeout: broken, clearTimeout: broken }),
  setImmediate: () => Object.assign(globalThis, { setImmediate: broken }),
  AbortController: () => Object.assign(globalThis, { AbortController: Broken }),
  Promise: () => Object.assign(globalThis, { Promise: BrokenPromise }),
  JSON: () => Object.assign(globalThis, { JSON: { parse: broken, stringify: broken } }),
  'JSON.stringify': () => Object.assign(JSON, { parse: broken, stringify: broken }),
  Map: () => Object.assign(globalThis, { Map: Broken }),
  Set: () => Object.assign(globalThis, { Set: Broken }),
} as const;

/** Made before anything is patched. */
const events = {
  z: kinesisEvent('z'),
  abc: kinesisEvent('a', 'b', 'c'),
  bc: kinesisEvent('b', 'c'),
  b: kinesisEvent('b'),
} as const;

/** Restores the globals that the work has replaced, also after an error. */
async function restoring<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout, clearTimeout, setImmediate, AbortController, Promise, JSON, Map, Set, Date, Math } = globalThis;
  const [{ now }, { random }, { parse, stringify }, performanceNow] = [Date, Math, JSON, performance.now];
  const iterator = Array.prototype[Symbol.iterator];
  try {
    return await work();
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
    const globals = { setTimeout, clearTimeout, setImmediate, AbortController, Promise, JSON, Map, Set };
    Object.assign(globalThis, globals);
    Object.assign(Date, { now });
    Object.assign(Math, { random });
    Object.assign(JSON, { parse, stringify });
    Object.assign(performance, { now: performanceNow });
  }
}

/** A function in real time whose handler patches something and fails when it comes to record `b`. */
class PatchingFunction {
  readonly sink = new StoringSink();
  readonly events: UndamEvent[] = [];
  readonly deliver: (event: KinesisStreamEvent) => Promise<unknown>;

  constructor(middy: (typeof middyVersions)[number][1], kind: keyof typeof wrappers, patch: () => unknown) {
    const handler: Handler = (event) => {
      if (!numbersOf(event).includes('b')) return report([]);
      patch();
      throw new Error('poison');
    };
    const chain = middy()
      .use(
        streamGuard({
          quarantine: { sink: this.sink, attempts: 2, retry: 'redelivery' },
          timeBudget: { reserveMs: 1_000, recordMs: 1_200 },
          observe: (event) => void this.events.push(event),
        }),
      )
      .handler(wrappers[kind](handler));
    const context = { getRemainingTimeInMillis: () => 60_000 };
    this.deliver = (event) => chain(event, context).catch((error: unknown) => error);
  }

  /** Who was charged. */
  get charged(): string[] {
    return this.events.flatMap((event) => (event.type === 'attempt-failed' ? [event.record.sequenceNumber] : []));
  }
}

const rows = [
  ...Object.entries(patches),
  ['all of them', () => Object.values(patches).map((patch) => patch())],
] as readonly (readonly [string, () => unknown])[];

describe.each(middyVersions)('%s: a handler that patches', (_version, middy) => {
  describe.each(rows)('%s', (_name, patch) => {
    test.each(kinds)('does not reach the engine from %s', async (kind) => {
      const fn = new PatchingFunction(middy, kind, patch);
      const { several, lone } = await restoring(async () => {
        await fn.deliver(events.z);
        const several = await fn.deliver(events.abc);
        const lone: unknown[] = [];
        for (let delivery = 0; delivery < 3 && fn.sink.stored.length === 0; delivery++)
          lone.push(await fn.deliver(events.b));
        return { several, lone };
      });
      // A wrapper of whole batches fails as a whole for several, and Lambda bisects.
      expect(several).toMatchObject(kind === 'wholeBatch' ? { message: 'poison' } : report(['b']));
      expect(lone.at(-1)).toEqual(report([]));
      expect(fn.sink.numbers).toEqual(['b']);
      expect(fn.sink.stored[0]!.quarantinedAt).toBeGreaterThan(1_700_000_000_000);
      expect(new Set(fn.charged)).toEqual(new Set(['b']));
    });
  });
});

// Middy 6 hands the handler's promise to `Promise.race()` in an array, and waits for ever where that seems to be empty.
describe("a handler that patches the iterator of arrays, which is every loop's", () => {
  test.each(kinds)('loses nothing from %s, and charges no other record', async (kind) => {
    const [, middy] = middyVersions[0]!;
    for (const iterator of [broken, () => nothing]) {
      const fn = new PatchingFunction(middy, kind, () =>
        Object.assign(Array.prototype, { [Symbol.iterator]: iterator }),
      );
      for (const event of [events.abc, events.bc, events.bc]) {
        const ending = await restoring(() => fn.deliver(event));
        const reported: unknown = ending instanceof Error || ending;
        if (reported !== true)
          expect(reported).toMatchObject({ batchItemFailures: expect.arrayContaining([{ itemIdentifier: 'b' }]) });
      }
      expect(fn.sink.stored).toEqual([]);
      expect(fn.charged.filter((number) => number !== 'b')).toEqual([]);
    }
  });
});

const nothing = [][Symbol.iterator]();
