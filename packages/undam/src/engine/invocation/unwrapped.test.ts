import { describe, expect, test } from '@jest/globals';
import { numbersOf, report } from '../../../test/kit/batch-handlers.ts';
import { type MiddyChain, middyVersions } from '../../../test/kit/middy-versions.ts';
import { StoringSink } from '../../../test/kit/storing-sink.ts';
import { kinesisEvent } from '../../../test/kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../../../test/kit/virtual-lambda.ts';
import { eachRecord } from '../../handlers/each-record.ts';
import type { Memory } from '../../ledgers/ledger.ts';
import { memoryLedger } from '../../ledgers/memory.ts';
import type { UndamEvent } from '../../observe/events.ts';

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

class GuardedChain {
  readonly lambda = new VirtualLambda();
  readonly sink = new StoringSink();
  readonly events: UndamEvent[] = [];
  readonly remembered: (Memory['state'] | undefined)[] = [];
  readonly chain: MiddyChain;

  constructor(
    middy: (typeof middyVersions)[number][1],
    handler: (event: never, context: never) => unknown,
    order: readonly number[] = orders[0],
  ) {
    const { partialBatch, quarantine, timeBudget } = this.lambda.middlewares;
    const memory = memoryLedger();
    const ledger: typeof memory = {
      ...memory,
      remember: (key, changes) => {
        this.remembered.push(...[...changes.values()].map((each) => each?.state));
        return memory.remember(key, changes);
      },
    };
    const ours = [
      partialBatch({ ledger, observe: (event) => void this.events.push(event) }),
      quarantine({ sink: this.sink, attempts: 1 }),
      timeBudget(),
    ];
    this.chain = middy()
      .use(order.map((place) => ours[place]!))
      .handler(handler);
  }

  deliver(...numbers: readonly string[]) {
    return this.lambda.invoke(this.chain, kinesisEvent(...numbers));
  }

  /** No charge, nothing remembered as done, nothing quarantined, no timer left. */
  expectNothingJudged(): void {
    expect(this.events.filter(({ type }) => type === 'attempt-failed')).toEqual([]);
    expect(this.remembered).toEqual([]);
    expect(this.sink.stored).toEqual([]);
    expect(this.lambda.timers).toBe(0);
  }
}

const answers: readonly (readonly [string, unknown])[] = [
  ['success', report([])],
  ['a failed record', report(['a'])],
  ['settled results', [{ status: 'fulfilled' }]],
  ['null', null],
  ['undefined', undefined],
  ['{}', {}],
  ['a promise', Promise.resolve(report([]))],
];

describe.each(middyVersions)('%s: a handler without a wrapper', (_version, middy) => {
  test.each(answers)('that answers %s is refused once it has run, and never runs again', async (_what, answer) => {
    for (const order of orders) {
      let runs = 0;
      const guarded = new GuardedChain(
        middy,
        () => {
          runs++;
          return answer;
        },
        order,
      );
      for (let delivery = 0; delivery < 3; delivery++)
        expect(errorOf(await guarded.deliver('a'))).toMatchObject({ name: 'UndamError', code: 'unwrapped' });
      expect(runs).toBe(1);
      guarded.expectNothingJudged();
    }
  });

  test('gets an error that names every wrapper', async () => {
    const { message } = errorOf(await new GuardedChain(middy, () => report([])).deliver('a', 'b')) as Error;
    for (const wrapper of ['eachRecord', 'wholeBatch', 'splitOnError', 'StreamProcessor'])
      expect(message).toContain(wrapper);
  });

  test.each([[['a']], [['a', 'b']]])(
    'that throws fails %j with its own error, and charges no record',
    async (numbers) => {
      const guarded = new GuardedChain(middy, () => Promise.reject(new Error('own')));
      for (let delivery = 0; delivery < 3; delivery++)
        expect(errorOf(await guarded.deliver(...numbers))).toMatchObject({ message: 'own' });
      guarded.expectNothingJudged();
    },
  );

  test("charges no record for another middleware's throw, on the way in or out", async () => {
    const foreign = (): never => {
      throw new Error('foreign');
    };
    for (const hook of ['before', 'after'] as const) {
      const guarded = new GuardedChain(middy, () => report([]));
      guarded.chain[hook](foreign);
      expect(errorOf(await guarded.deliver('a'))).toMatchObject({ message: 'foreign' });
      guarded.expectNothingJudged();
    }
  });

  test('may run again after an empty batch, which proves nothing', async () => {
    const inner = eachRecord(() => {});
    const guarded = new GuardedChain(middy, async (event, context) =>
      numbersOf(event).length === 0 ? report([]) : inner(event, context),
    );
    expect(errorOf(await guarded.deliver())).toMatchObject({ code: 'unwrapped' });
    expect(reportedIn(await guarded.deliver('a'))).toEqual([]);
  });

  test('is refused only in the invocations that bypass the wrapper', async () => {
    const started: string[] = [];
    const inner = eachRecord(({ kinesis }) => void started.push(kinesis.sequenceNumber));
    const guarded = new GuardedChain(middy, async (event, context) =>
      numbersOf(event).includes('skip') ? report([]) : inner(event, context),
    );
    for (let round = 0; round < 2; round++) {
      expect(reportedIn(await guarded.deliver('a', 'b'))).toEqual([]);
      expect(errorOf(await guarded.deliver('skip'))).toMatchObject({ code: 'unwrapped' });
    }
    expect(started).toEqual(['a', 'b', 'a', 'b']);
    guarded.expectNothingJudged();
  });

  test('leaves the chain of another handler in the same process alone', async () => {
    const refused = new GuardedChain(middy, () => report([]));
    const wrapped = new GuardedChain(
      middy,
      eachRecord(() => {}),
    );
    errorOf(await refused.deliver('a'));
    expect(reportedIn(await wrapped.deliver('a'))).toEqual([]);
    expect(errorOf(await refused.deliver('a'))).toMatchObject({ code: 'unwrapped' });
  });
});
