import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { drain } from '../kit/mapping.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, numberOf } from '../kit/stream.ts';
import { failingThenable, likePromise } from '../kit/thenable.ts';
import { type Invocable, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const kinds = ['eachRecord', 'wholeBatch', 'splitOnError'] as const;
type Kind = (typeof kinds)[number];

/** What the handler does when it comes to record `b`, which is always among others at first. */
type Odd = (at: { readonly event: KinesisStreamEvent; readonly lambda: VirtualLambda }) => unknown;

/** What becomes of `b`. */
type End = 'done' | 'quarantined';

class OddFunction {
  readonly lambda = new VirtualLambda();
  readonly sink = new StoringSink();
  readonly events: UndamEvent[] = [];
  /** The records that the handler has done, call by call. */
  readonly done: string[] = [];
  readonly chain: Invocable;

  constructor(kind: Kind, odd: Odd) {
    const { sink, events } = this;
    const chain = middy({ timeoutEarlyInMillis: 0 }).use(
      this.lambda.middlewares.streamGuard({
        quarantine: { sink, attempts: 2, retry: 'redelivery' },
        timeBudget: { reserveMs: 1_000, recordMs: 1_200 },
        observe: (event) => void events.push(event),
      }),
    );
    this.chain = chain.handler(this.#handler(kind, odd) as never) as never;
  }

  get charged(): Set<string> {
    return new Set(
      this.events.flatMap((event) => (event.type === 'attempt-failed' ? [event.record.sequenceNumber] : [])),
    );
  }

  #handler(kind: Kind, odd: Odd): unknown {
    const { lambda, done } = this;
    const ofBatch = (event: KinesisStreamEvent): unknown => {
      const got = numbersOf(event);
      const place = got.indexOf('b');
      done.push(...(place < 0 ? got : got.slice(0, place)));
      return place < 0 ? report([]) : odd({ event, lambda });
    };
    if (kind === 'wholeBatch') return wholeBatch(ofBatch);
    if (kind === 'splitOnError') return splitOnError(ofBatch);
    return eachRecord((record) => ofBatch({ Records: [record] }));
  }
}

const thrower =
  (error: unknown): Odd =>
  () => {
    throw error;
  };
const answers =
  (answer: unknown): Odd =>
  () =>
    answer;
const failed = (...identifiers: unknown[]): object => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});
const many = Array.from({ length: 10_000 }, (_, n) => `foreign-${n}`);
const withGetter = Object.defineProperties(
  new Error('own'),
  Object.fromEntries(
    ['name', 'message', 'stack', 'cause'].map((field) => [
      field,
      {
        get: () => {
          throw new Error(field);
        },
      },
    ]),
  ),
);
const empty = (event: KinesisStreamEvent): void => {
  event.Records.splice(0);
  Object.assign(event, { Records: undefined });
};

const all = (end: End): Readonly<Record<Kind, End>> => ({
  eachRecord: end,
  wholeBatch: end,
  splitOnError: end,
});
/** Only `wholeBatch` wants an answer. */
const unreadable = { ...all('quarantined'), eachRecord: 'done', splitOnError: 'done' } as const;
/** `eachRecord` ignores answers. */
const reported = { ...all('quarantined'), eachRecord: 'done' } as const;

const rows: readonly (readonly [does: string, odd: Odd, ends: Readonly<Record<Kind, End>>])[] = [
  ['returns nothing', answers(undefined), unreadable],
  ['returns null', answers(null), unreadable],
  ['returns a promise that never settles', () => new Promise(() => {}), all('quarantined')],
  ['returns a thenable', () => likePromise(Promise.resolve(report([]))), all('done')],
  ['returns a thenable that rejects', () => likePromise(Promise.reject(new Error('no'))), all('quarantined')],
  ['returns a thenable that throws', () => failingThenable('called'), all('quarantined')],
  ['returns a `then` that cannot be read', () => failingThenable('read'), all('quarantined')],
  ['returns a foreign identifier', answers(failed('foreign')), reported],
  ['returns its own and a foreign identifier', answers(failed('b', 'foreign')), reported],
  ['returns an identifier twice', answers(failed('b', 'b')), reported],
  ['returns ten thousand identifiers', answers(failed(...many)), reported],
  ['throws null', thrower(null), all('quarantined')],
  ['throws a frozen object', thrower(Object.freeze({ no: 'error' })), all('quarantined')],
  ['throws a frozen error', thrower(Object.freeze(new Error('frozen'))), all('quarantined')],
  ['throws an error whose getters throw', thrower(withGetter), all('quarantined')],
  [
    'empties the event and succeeds',
    ({ event }) => {
      empty(event);
      return report([]);
    },
    all('done'),
  ],
  [
    'empties the event and throws',
    ({ event }) => {
      empty(event);
      throw new Error('emptied');
    },
    all('quarantined'),
  ],
  [
    'resolves after the response',
    ({ lambda }) => lambda.clock.sleep(60_000).then(() => report([])),
    all('quarantined'),
  ],
  [
    'rejects after the response',
    ({ lambda }) => lambda.clock.sleep(60_000).then(thrower(new Error('late')) as never),
    all('quarantined'),
  ],
  [
    'blocks the event loop for a second and succeeds',
    ({ lambda }) => {
      lambda.clock.block(1_000);
      return report([]);
    },
    all('done'),
  ],
  [
    'blocks the event loop for a second and throws',
    ({ lambda }) => {
      lambda.clock.block(1_000);
      throw new Error('blocked');
    },
    all('quarantined'),
  ],
];

describe.each(rows)('a handler that %s', (_does, odd, ends) => {
  test.each(kinds)('fails closed in %s, with no innocent charged', async (kind) => {
    const fn = new OddFunction(kind, odd);
    const { Records } = kinesisEvent('a', 'b', 'c');
    const end = ends[kind];
    const deliveries = await drain(fn.lambda, fn.chain, Records, numberOf);
    await fn.lambda.pass(120_000);

    expect(fn.sink.numbers).toEqual(end === 'quarantined' ? ['b'] : []);
    for (const { data } of fn.sink.stored) expect(Buffer.from(data, 'base64').toString()).toBe('payload b');
    expect([...fn.charged]).toEqual(end === 'quarantined' ? ['b'] : []);
    // A record that no response reports is done or quarantined.
    expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
    expect(fn.done).toContain('a');
    if (end === 'quarantined') expect(fn.done).toContain('c');
    expect(fn.lambda.timers).toBe(0);
  });
});
