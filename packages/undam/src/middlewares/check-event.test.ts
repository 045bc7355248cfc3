import { describe, expect, test } from '@jest/globals';
import { checkAnswer, checkedFunction } from '../../test/kit/checked-function.ts';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisEvent } from '../../test/kit/stream.ts';
import { reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import type { CheckScope, Problem } from '../base/problem.ts';
import { eachRecord } from '../handlers/each-record.ts';
import type { Ledger, Memory } from '../ledgers/ledger.ts';
import type { Sink } from '../sinks/sink.ts';
import type { CheckEvent } from './check-event.ts';

const [, middy] = middyVersions[0]!;
const check: CheckEvent = { undam: 'check' };
const broken: Problem = { what: 'no client', remedy: 'bring one' };
const sinkThat = (answers: NonNullable<Sink['check']>): Sink => ({ send: async () => [], check: answers });
const handler = eachRecord(() => {});

describe.each(middyVersions)('%s: the check', (_version, middy) => {
  test.each([
    ['partialBatch, quarantine, timeBudget', [0, 1, 2]],
    ['timeBudget, quarantine, partialBatch', [2, 1, 0]],
    ['quarantine, partialBatch, timeBudget', [1, 0, 2]],
  ])('is answered by the first of %s, before hooks that want records', async (_order, order) => {
    const lambda = new VirtualLambda();
    const sink = sinkThat(() => [broken]);
    const three = lambda.middlewares.streamGuard({ quarantine: { sink } });
    const wantsRecords = {
      before: ({ event }: { event: unknown }): void => {
        (event as { Records: unknown[] }).Records.map(String);
      },
    };
    const [first, ...others] = order.map((index) => three[index]!);
    const chain = middy()
      .use([first!, wantsRecords, ...others])
      .handler(handler);
    expect(await checkAnswer(lambda, chain, check)).toEqual({
      ok: false,
      problems: [{ part: 'sink', ...broken }],
    });
  });

  test('leaves nothing behind: the next records run as usual', async () => {
    const lambda = new VirtualLambda();
    const starts: string[] = [];
    const chain = middy()
      .use(lambda.middlewares.streamGuard({ quarantine: { sink: new StoringSink() } }))
      .handler(eachRecord(({ kinesis }) => void starts.push(kinesis.sequenceNumber)));
    expect(await checkAnswer(lambda, chain, check)).toEqual({ ok: true, problems: [] });
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a')))).toEqual([]);
    expect(starts).toEqual(['a']);
  });
});

describe('sinks and ledgers', () => {
  test('learn whether to check permissions', async () => {
    const scopes: CheckScope[] = [];
    const note = (scope: CheckScope): Problem[] => {
      scopes.push(scope);
      return [];
    };
    const ledger: Ledger = { recall: () => new Map<string, Memory>(), remember: () => {}, check: note };
    const [, ask] = checkedFunction({ sink: sinkThat(note), ledger });
    await ask(check);
    await ask({ ...check, permissions: true });
    expect(scopes.map(({ permissions }) => permissions)).toEqual([false, false, true, true]);
  });

  test('without a check have no problem', async () => {
    const [, ask] = checkedFunction({ ledger: { recall: () => new Map<string, Memory>(), remember: () => {} } });
    expect(await ask(check)).toEqual({ ok: true, problems: [] });
  });

  test.each<[string, () => never | Promise<never>, Problem]>([
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
      { what: 'no disk', remedy: expect.any(String) as never },
    ],
    [
      'rejects with a problem',
      () => Promise.reject(Object.assign(new Error(), { cause: { problem: broken } })),
      broken,
    ],
  ])('a check that %s is a problem', async (_title, fails, problem) => {
    const [, ask] = checkedFunction({ sink: sinkThat(fails) });
    expect(await ask(check)).toEqual({ ok: false, problems: [{ part: 'sink', ...problem }] });
  });

  test.each([
    ['in time', undefined],
    ['without a clock', {}],
  ])('a check that never ends is a problem, %s', async (_title, context) => {
    const [lambda, ask] = checkedFunction({ sink: sinkThat(() => new Promise(() => {})) });
    expect(await ask(check, context)).toEqual({
      ok: false,
      problems: [{ part: 'sink', what: expect.stringContaining('did not answer'), remedy: expect.any(String) }],
    });
    expect(lambda.clock.now()).toBeLessThanOrEqual(10_000);
  });

  test('a function with a short time-out has time to answer', async () => {
    const [lambda, ask] = checkedFunction({ sink: sinkThat(() => new Promise(() => {})) });
    await ask(check, lambda.context(1_500));
    expect(lambda.clock.now()).toBeLessThan(1_400);
  });
});

describe('the budget', () => {
  test.each([
    [1_000, {}, 'reserveMs take 1000'],
    [6_000, { recordMs: 5_000 }, 'reserveMs and recordMs together take 6000'],
  ])('a function with %s ms and %j has no time for a record', async (timeoutMs, timeBudget, what) => {
    const [lambda, ask] = checkedFunction({ timeBudget });
    const answer = await ask(check, lambda.context(timeoutMs));
    expect(answer.problems).toEqual([
      { part: 'budget', what: expect.stringContaining(what), remedy: expect.stringContaining('Timeout') },
    ]);
    expect(await ask(check, lambda.context(timeoutMs + 1))).toEqual({ ok: true, problems: [] });
  });
});

describe('the mapping', () => {
  const reporting = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
  const whats = async (mapping: unknown, attempts = 3) =>
    (await checkedFunction({ attempts })[1]({ ...check, mapping } as never)).problems.map(
      ({ part, what }) => `${part}: ${what}`,
    );

  test('with correct settings has no problem, with any other fields that Lambda prints', async () => {
    expect(
      await whats({ ...reporting, UUID: 'u', State: 'Enabled', MaximumRetryAttempts: -1, BatchSize: 100 }),
    ).toEqual([]);
    expect(await whats({ ...reporting, TumblingWindowInSeconds: 0, MaximumRetryAttempts: 10 })).toEqual([]);
  });

  test.each([[{}], [{ FunctionResponseTypes: [] }], [{ FunctionResponseTypes: 'ReportBatchItemFailures' }]])(
    '%j loses reported records',
    async (mapping) => {
      expect(await whats(mapping)).toEqual([expect.stringContaining('mapping: FunctionResponseTypes lacks')]);
    },
  );

  test('with a window fails every invocation', async () => {
    expect(await whats({ ...reporting, TumblingWindowInSeconds: 60 })).toEqual([
      expect.stringContaining('TumblingWindowInSeconds is 60'),
    ]);
  });

  test.each([
    [3, 100, 10],
    [3, 2, 5],
    [1, 10_000, 15],
  ])('N = %s and BatchSize %s need %s retries', async (attempts, BatchSize, needed) => {
    const retries = (MaximumRetryAttempts: number) => ({ ...reporting, BatchSize, MaximumRetryAttempts });
    expect(await whats(retries(needed), attempts)).toEqual([]);
    expect(await whats(retries(needed - 1), attempts)).toEqual([expect.stringContaining('MaximumRetryAttempts is')]);
  });

  test.each([[null], ['x'], [[]]])('%j is no mapping', async (mapping) => {
    expect(await whats(mapping)).toEqual([expect.stringContaining('expected an object of settings')]);
  });
});

test('an unknown field is a problem', async () => {
  const [, ask] = checkedFunction();
  expect((await ask({ ...check, permission: true })).problems).toEqual([
    {
      part: 'event',
      what: 'unknown fields in the check event: permission',
      remedy: 'correct it to one of undam, permissions, mapping, or leave it out',
    },
  ]);
});

test.each(['true', 'yes', 1])('permissions: %j is a problem, and AWS is not asked', async (permissions) => {
  const scopes: CheckScope[] = [];
  const sink = sinkThat((scope) => {
    scopes.push(scope);
    return [];
  });
  const [, ask] = checkedFunction({ sink });
  expect((await ask({ ...check, permissions })).problems).toEqual([
    { part: 'event', what: expect.stringContaining('AWS was not asked'), remedy: 'write "permissions": true' },
  ]);
  expect(scopes).toMatchObject([{ permissions: false }]);
});

test.each<[string, unknown, object[]]>([
  ['nothing, as a check that only throws', undefined, []],
  ['null', null, []],
  ['text', 'fine', [{ part: 'sink', what: 'its check() answered a string', remedy: expect.any(String) }]],
  [
    'problems without a description',
    [null, {}],
    Array(2).fill({ part: 'sink', what: 'a problem without a description', remedy: expect.any(String) }),
  ],
])('the answer of a check() that returns %s', async (_what, answer, problems) => {
  const [, ask] = checkedFunction({ sink: sinkThat(() => answer as Problem[]) });
  expect((await ask(check)).problems).toEqual(problems);
});

test('the other middlewares report a missing partialBatch()', async () => {
  const lambda = new VirtualLambda();
  const chain = middy()
    .use(lambda.middlewares.quarantine({ sink: new StoringSink() }))
    .handler(handler);
  expect((await checkAnswer(lambda, chain, check)).problems).toEqual([
    { part: 'handler', what: expect.stringContaining('partialBatch()'), remedy: expect.any(String) },
  ]);
});

test('a process that makes middlewares for each invocation remembers only the last ones', async () => {
  const lambda = new VirtualLambda();
  const { partialBatch, quarantine } = lambda.middlewares;
  quarantine({ sink: sinkThat(() => [broken]) });
  for (let made = 0; made < 200; made++) quarantine({ sink: new StoringSink() });
  const chain = middy().use(partialBatch()).handler(handler);
  expect(await checkAnswer(lambda, chain, check)).toEqual({ ok: true, problems: [] });
});

test('another event with the same key is no check', async () => {
  const lambda = new VirtualLambda();
  const chain = middy()
    .use(lambda.middlewares.partialBatch({ observe: () => {} }))
    .handler(handler);
  expect(await lambda.invoke(chain, { undam: 'else' })).toMatchObject({ kind: 'threw', error: { code: 'bad-event' } });
});
