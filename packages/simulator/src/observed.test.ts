import { describe, expect, test } from '@jest/globals';
import { did } from './did.ts';
import { matchers } from './matchers.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

const handler = new URL('./observed.fixture.ts', import.meta.url);
const partial = { FunctionResponseTypes: ['ReportBatchItemFailures'] } as const;
const records = ['a', 'b', 'c'].map((id) => ({ put: { partitionKey: id, data: id } }));
const { toLoseNothing, toHandle } = matchers;

const run = (exportName: string, options: Partial<SimulateOptions> = {}) =>
  simulate({ handler, exportName, records, ...options });

describe('toLoseNothing', () => {
  test('fails where Lambda reads no report, and names the setting that is missing', async () => {
    const simulation = await run('reports');
    expect(simulation.records.map(({ fate }) => fate)).toEqual(['processed', 'passed-though-reported', 'processed']);
    expect(toLoseNothing(simulation).pass).toBe(false);
    expect(toLoseNothing(simulation).message()).toMatch(
      /1 that were not; .*set FunctionResponseTypes: \['ReportBatchItemFailures'\]/,
    );
  });

  test('fails where a report stands under a wrong key, also with the setting', async () => {
    const simulation = await run('reportsUnderAWrongKey', { mapping: partial });
    expect(toLoseNothing(simulation).message()).toMatch(/in another form than batchItemFailures/);
  });

  test.each([
    [
      'that a filter drops unread',
      'unreadable',
      { mapping: { FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] } } },
    ],
    ['that stand before the starting position', 'before-start', { mapping: { StartingPosition: 'LATEST' } }],
    ['that have left the stream', 'expired', { records: records.map((record) => ({ ...record, atMs: -90_000_000 })) }],
    ['that wait for a paused mapping', 'waiting', { mapping: { Enabled: false }, untilMs: 5_000 }],
  ] as const)('fails for records %s', async (_, fate, options) => {
    const simulation = await run('handler', options);
    expect(simulation.records.map((record) => record.fate)).toEqual(Array(3).fill(fate));
    expect(toLoseNothing(simulation).pass).toBe(false);
    expect(toLoseNothing(simulation).message()).toContain(`${fate} (`);
  });

  test('fails where the run ends before everything was written', async () => {
    const later = [...records, { atMs: 9_000, put: { partitionKey: 'd', data: 'd' } }];
    const simulation = await run('handler', { records: later, untilMs: 5_000 });
    expect(simulation.records).toHaveLength(3);
    expect(toLoseNothing(simulation).message()).toMatch(/ended before: raise untilMs/);
  });

  test('fails where a filter drops every record', async () => {
    const FilterCriteria = { Filters: [{ Pattern: '{"body":{"order":[1]}}' }] };
    const simulation = await run('handler', { mapping: { FilterCriteria } });
    expect(toLoseNothing(simulation).message()).toMatch(/got 3 that none matches/);
  });

  test('fails for a handler that answers without a promise, which one of the runtimes takes for no answer', async () => {
    const simulation = await run('answersWithoutPromise', { mapping: { ...partial, MaximumRetryAttempts: 0 } });
    expect(simulation.invocations[0]!.error).toMatchObject({ name: 'Runtime.NoPromise' });
    expect(toLoseNothing(simulation).pass).toBe(false);
  });

  test('passes for records that a filter has read and does not match', async () => {
    const FilterCriteria = { Filters: [{ Pattern: '{"partitionKey":["a"]}' }] };
    const simulation = await run('handler', { mapping: { FilterCriteria } });
    expect(toLoseNothing(simulation).pass).toBe(true);
    expect(toHandle(simulation, ['a']).pass).toBe(true);
  });

  test('proves nothing over no records', async () => {
    const empty = await run('handler', { records: [] });
    expect(() => toLoseNothing(empty)).toThrow(/expected a simulation with records, got none/);
  });
});

describe('toHandle', () => {
  test('passes where the function did it for each', async () => {
    expect(toHandle(await run('handler'), ['a', 'b', 'c'])).toMatchObject({ pass: true });
  });

  test('fails where the function answers that all is well and has lost one', async () => {
    const simulation = await run('forgetful', { mapping: partial });
    expect(toLoseNothing(simulation).pass).toBe(true);
    const result = toHandle(simulation, ['a', 'b', 'c']);
    expect(result.pass).toBe(false);
    expect(result.message()).toBe('expected 3 ids handled, got 1 missing, first "b"');
  });

  test('fails for what nobody asked for, and over nothing', async () => {
    const simulation = await run('handler');
    expect(toHandle(simulation, ['a']).message()).toBe('expected 1 ids handled, got 2 unexpected, first "b"');
    expect(() => toHandle(simulation, [])).toThrow(/got none/);
    expect(toHandle(await run('reports'), ['a']).message()).toMatch(/did\(\) was never called/);
  });
});

describe('did()', () => {
  test('tells when, and nothing of a process that has ended', async () => {
    const simulation = await run('dies', { mapping: { MaximumRetryAttempts: 1 } });
    expect(simulation.did.map(({ id }) => id)).toEqual(['before', 'before']);
    expect(simulation.did[0]!.atMs).toBe(simulation.invocations[0]!.startedMs);
    expect(simulation.logs).toEqual([]);
  });

  test('is heard of a handler that is made in this thread, and by nobody outside a simulation', async () => {
    did('outside');
    const createHandler = () => async () => did(7);
    const simulation = await simulate({ createHandler, records });
    expect(simulation.did).toEqual([{ id: 7, atMs: 200 }]);
  });
});

describe('what a function writes', () => {
  test('is in the logs, with its time, and not on the output of the simulation', async () => {
    const { logs } = await run('writes');
    expect(logs).toEqual([
      { atMs: 200, stream: 'stdout', text: 'to standard output: 1' },
      { atMs: 200, stream: 'stderr', text: 'to standard error' },
      { atMs: 200, stream: 'stdout', text: 'without a line break' },
      { atMs: 205, stream: 'stdout', text: 'later' },
      { atMs: 205, stream: 'stdout', text: 'written' },
    ]);
  });

  test('is in the logs too where it goes to a descriptor, or in another encoding', async () => {
    const { logs } = await run('writesToDescriptors');
    expect(logs.slice(0, 3).map(({ stream, text }) => `${stream} ${text}`)).toEqual([
      'stdout one',
      'stderr two',
      'stdout three',
    ]);
  });

  test('to its parent thread is no answer of the simulation', async () => {
    expect((await run('postsToItsParent')).did).toHaveLength(3);
  });

  test('is kept to its last 10,000 pieces', async () => {
    const { logs } = await run('floods');
    expect(logs).toHaveLength(10_000);
    expect([logs[0]!.text, logs.at(-1)!.text]).toEqual(['2', '10001']);
  });
});

describe('what one run leaves behind', () => {
  test('is dead in the next one', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const waiting = () => async (): Promise<void> => {
      await gate;
      did('of the first');
    };
    await simulate({ createHandler: waiting, records, untilMs: 2_000 });
    const opening = () => async (): Promise<void> => open();
    expect((await simulate({ createHandler: opening, records })).did).toEqual([]);
  });
});

describe('a run that is cancelled', () => {
  test('rejects with the reason of its signal, in a worker and in this thread', async () => {
    const reason = new Error('enough');
    const endless = Array.from({ length: 200_000 }, (_, n) => ({
      atMs: n * 1_000,
      put: { partitionKey: 'a', data: 'a' },
    }));
    for (const way of [{ handler }, { createHandler: () => async () => null }]) {
      const controller = new AbortController();
      const running = simulate({ ...way, records: endless, signal: controller.signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(running).rejects.toBe(reason);
      await expect(simulate({ ...way, records, signal: controller.signal })).rejects.toBe(reason);
    }
  });
});
