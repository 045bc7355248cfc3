import { describe, expect, test } from '@jest/globals';
import { matchers } from '../matchers.ts';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import type { Arrival } from '../stream/simulated-stream.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';

interface WindowEvent {
  readonly Records: readonly { readonly kinesis: { readonly sequenceNumber: string } }[];
  readonly state: unknown;
  readonly window: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

const minute = 60_000;

async function run(
  answer: (event: WindowEvent) => unknown,
  records: readonly Arrival[],
  more: Partial<SimulationOptions> = {},
) {
  const events: WindowEvent[] = [];
  const handler = async (event: WindowEvent): Promise<unknown> => {
    events.push(structuredClone(event));
    return answer(event);
  };
  const mapping = { TumblingWindowInSeconds: 60, ...more.mapping };
  const simulation = await runSimulation(new VirtualTime(), {
    ...more,
    createHandler: () => handler as never,
    records,
    mapping,
  });
  return { events, simulation };
}

const at = (atMs: number, bytes = 1): Arrival => ({
  atMs,
  put: { partitionKey: 'key', data: new Uint8Array(bytes) },
});
const counts = ({ Records, state }: WindowEvent) => ({
  state: { n: Records.length + ((state as { n?: number }).n ?? 0) },
});

describe('a tumbling window', () => {
  test('documented: a run ends behind the final invocation, which has the state of all batches', async () => {
    const { events, simulation } = await run(counts, [at(0), at(0), at(1_000)]);
    const finals = events.filter(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow);
    expect(finals.map(({ state, Records }) => [state, Records.length])).toEqual([[{ n: 3 }, 0]]);
    expect(finals[0]!.window).toEqual({ start: '2025-01-01T00:00:00Z', end: '2025-01-01T00:01:00Z' });
    // Lambda waits up to 2 minutes for more.
    expect(simulation.invocations.at(-1)!.startedMs).toBe(3 * minute);
  });

  test('documented: the next window starts with an empty state', async () => {
    const { events } = await run(counts, [at(0), at(minute)]);
    expect(events.map(({ state, isFinalInvokeForWindow }) => [state, isFinalInvokeForWindow])).toEqual([
      [{}, false],
      [{ n: 1 }, true],
      [{}, false],
      [{ n: 1 }, true],
    ]);
  });

  test('documented: a state over 1 MB ends the window early, and its final invocation says so', async () => {
    const { events } = await run(() => ({ state: 'x'.repeat(1_000_000) }), [at(0)]);
    expect(events.map((event) => [event.isFinalInvokeForWindow, event.isWindowTerminatedEarly])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  test('documented: an event with its state stays below 6 MB', async () => {
    const records = Array.from({ length: 20 }, () => at(0, 400_000));
    const { events } = await run(() => ({ state: 'x'.repeat(900_000) }), records);
    for (const event of events) expect(JSON.stringify(event).length).toBeLessThanOrEqual(6_291_456);
    expect(events.map(({ Records }) => Records.length)).toEqual([11, 9, 0]);
  });

  test('a failed invocation changes no state', async () => {
    const answers = [
      { state: 'good' },
      { state: 'bad', batchItemFailures: [{ itemIdentifier: '' }] },
      { state: 'good', batchItemFailures: [] },
    ];
    const mapping = { TumblingWindowInSeconds: 60, FunctionResponseTypes: ['ReportBatchItemFailures'] } as const;
    const { events } = await run(() => answers.shift() ?? { state: 'end' }, [at(0), at(5_000)], { mapping });
    expect(events.map(({ state }) => state)).toEqual([{}, 'good', 'good', 'good']);
  });

  test.each([
    ['recorded', 0, 'spends-retries', ['response', 'error']],
    ['assumed', 1, 'spends-retries', ['response', 'error', 'error']],
    ['documented', 1, 'suspends', ['response', 'error', 'error', 'error', 'response']],
    ['documented', -1, 'spends-retries', ['response', 'error', 'error', 'error', 'response']],
  ] as const)(
    '%s: a final invocation that fails, with %d retries, %s',
    async (_, MaximumRetryAttempts, failingFinalInvocation, ends) => {
      let finals = 0;
      const answer = (event: WindowEvent): unknown => {
        if (event.isFinalInvokeForWindow && ++finals < 4) throw new Error('expected');
        return { state: {} };
      };
      const mapping = { TumblingWindowInSeconds: 60, MaximumRetryAttempts };
      const { simulation } = await run(answer, [at(0)], { mapping, assumptions: { failingFinalInvocation } });
      expect(simulation.invocations.map(({ end }) => end)).toEqual(ends);
    },
  );

  test('what a window took in is lost with its final invocation, and waits for one that has not come', async () => {
    const answer = (event: WindowEvent): unknown => {
      if (event.isFinalInvokeForWindow) throw new Error('expected');
      return { state: {} };
    };
    const fates = async (more: Partial<SimulationOptions>): Promise<readonly string[]> => {
      const { simulation } = await run(answer, [at(0), at(0)], more);
      expect(matchers.toLoseNothing(simulation).pass).toBe(false);
      return simulation.records.map(({ fate }) => fate);
    };
    expect(await fates({ mapping: { TumblingWindowInSeconds: 60, MaximumRetryAttempts: 0 } })).toEqual([
      'discarded',
      'discarded',
    ]);
    expect(await fates({ untilMs: 20_000 })).toEqual(['waiting', 'waiting']);
    expect(await fates({ untilMs: 10 * minute })).toEqual(['waiting', 'waiting']);
    const { simulation } = await run(counts, [at(0), at(0)]);
    expect(matchers.toLoseNothing(simulation).pass).toBe(true);
  });

  test('a final invocation whose response reports something has failed', async () => {
    const answer = ({ isFinalInvokeForWindow }: WindowEvent): unknown => ({
      state: {},
      batchItemFailures: isFinalInvokeForWindow ? [{ itemIdentifier: '1' }] : [],
    });
    const FunctionResponseTypes = ['ReportBatchItemFailures'] as const;
    const mapping = { TumblingWindowInSeconds: 60, MaximumRetryAttempts: 0, FunctionResponseTypes };
    const { simulation } = await run(answer, [at(0)], { mapping });
    expect(simulation.onFailure.map(({ responseContext }) => responseContext!.functionError)).toEqual([null]);
    expect(simulation.records.map(({ fate }) => fate)).toEqual(['discarded']);
  });

  test('documented: the end of a shard closes its window', async () => {
    const reshards = [{ atMs: 5_000, split: 'shardId-000000000000' }];
    const { events, simulation } = await run(counts, [at(0), at(10_000)], { reshards });
    expect(events.map(({ state, isFinalInvokeForWindow }) => [state, isFinalInvokeForWindow])).toEqual([
      [{}, false],
      [{ n: 1 }, true],
      [{}, false],
      [{ n: 1 }, true],
    ]);
    expect(simulation.invocations[1]!.startedMs).toBeLessThan(10_000);
  });

  test.each([
    ['skipped', []],
    ['finalised', [0]],
  ] as const)('assumed: a window in which nothing succeeded is %s', async (windowWithoutState, finals) => {
    const answer = (event: WindowEvent): unknown => {
      if (!event.isFinalInvokeForWindow) throw new Error('expected');
      return { state: {} };
    };
    const mapping = { TumblingWindowInSeconds: 60, MaximumRetryAttempts: 0 };
    const { events } = await run(answer, [at(0)], { mapping, assumptions: { windowWithoutState } });
    const final = events.filter(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow);
    expect(final.map(({ Records }) => Records.length)).toEqual(finals);
  });
});
