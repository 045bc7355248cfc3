import { describe, expect, test } from '@jest/globals';
import type { Memory } from './ledger.ts';
import { memoryLedger } from './ledgers/memory.ts';
import { middyVersions } from './middy-versions.fixture.ts';
import type { UndamEvent } from './observe.ts';
import { StoringSink } from './storing-sink.fixture.ts';
import { kinesisEvent } from './stream.fixture.ts';
import { reportedIn, VirtualLambda } from './virtual-lambda.fixture.ts';

describe.each(middyVersions)('%s: a throw that the first of our hooks has judged', (_version, middy) => {
  function setUp(between?: (request: { response: unknown }) => void) {
    const lambda = new VirtualLambda();
    const [sink, ledger] = [new StoringSink(() => false), memoryLedger()];
    const events: UndamEvent[] = [];
    const written: (readonly [string, Memory['state'] | undefined])[][] = [];
    const recording = {
      ...ledger,
      remember(key: never, changes: ReadonlyMap<string, Memory | undefined>) {
        written.push([...changes].map(([number, memory]) => [number, memory?.state]));
        return ledger.remember(key, changes);
      },
    };
    const observe = (event: UndamEvent): void => void events.push(event);
    const { middlewares } = lambda;
    const chain = middy().use(middlewares.partialBatch({ ledger: recording as never, observe }));
    if (between !== undefined) chain.onError(between);
    chain.use(middlewares.quarantine({ sink, attempts: 2 })).use(middlewares.timeBudget());
    const handler = chain.handler(async () => {
      throw new Error('poison');
    });
    return { events, written, deliver: () => lambda.invoke(handler, kinesisEvent('a')) };
  }

  test('is withdrawn by none of the others', async () => {
    const { deliver, events, written } = setUp();
    expect(reportedIn(await deliver())).toEqual(['a']);
    expect(written).toEqual([[['a', 'open']]]);
    expect(events.map(({ type }) => type)).toEqual(['attempt-failed', 'invocation-ended']);
    expect(events.at(-1)).toMatchObject({ responded: true });
    expect(reportedIn(await deliver())).toEqual(['a']);
    expect(written.slice(1)).toEqual([[['a', 'pending']]]);
  });

  test('stays reported whatever a middleware between ours makes of the answer', async () => {
    const { deliver } = setUp((request) => {
      request.response = { batchItemFailures: [] };
    });
    expect(reportedIn(await deliver())).toEqual(['a']);
  });
});
