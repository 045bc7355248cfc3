import { describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { useMortalDisk } from '../kit/mortal-disk.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';

const disk = useMortalDisk('died-after-answer');

interface Setting {
  readonly wrapper?: 'eachRecord' | 'wholeBatch' | 'splitOnError';
  /** Sequence numbers. */
  readonly failing?: readonly string[];
  /** Hooks of other middlewares, outside of ours and inside. */
  readonly outer?: Hooks;
  readonly inner?: Hooks;
  /** `null`: no observer, so that the default lines are logged. */
  readonly observe?: null;
}

interface Hooks {
  after(request: { response?: unknown }): void;
}

const noHooks: Hooks = { after: () => {} };

/** A process of a function, on the disk that all of them share. */
function boot({ wrapper = 'eachRecord', failing = [], outer = noHooks, inner = noHooks, observe }: Setting = {}) {
  const process = disk.boot();
  const starts: string[] = [];
  const events: UndamEvent[] = [];
  const fails = ({ kinesis: { sequenceNumber } }: KinesisStreamRecord): boolean => {
    starts.push(sequenceNumber);
    return failing.includes(sequenceNumber);
  };
  const handle = async (record: KinesisStreamRecord): Promise<void> => {
    if (fails(record)) throw new Error('planned');
  };
  const wrapped = {
    eachRecord: () => eachRecord(handle),
    wholeBatch: () =>
      wholeBatch<KinesisStreamRecord>(async ({ Records }) => {
        const failed = Records.find(fails);
        return { batchItemFailures: failed ? [{ itemIdentifier: failed.kinesis.sequenceNumber }] : [] };
      }),
    splitOnError: () =>
      splitOnError<KinesisStreamRecord>(async ({ Records }) => {
        for (const record of Records) await handle(record);
      }),
  }[wrapper]();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(outer)
    .use(
      streamGuard({
        quarantine: { sink: new StoringSink(), attempts: 3, retry: 'redelivery' },
        ledger: process.ledger,
        ...(observe !== null && { observe: (event) => void events.push(event) }),
      }),
    )
    .use(inner)
    .handler(wrapped as never) as unknown as (event: unknown, context: unknown) => Promise<BatchResponse>;
  return {
    die: process.die,
    starts,
    events,
    alarms: () => events.flatMap((event) => (event.type === 'died-after-answer' ? [event.sequenceNumbers] : [])),
    async deliver(...numbers: string[]) {
      starts.length = 0;
      const context = { invokedFunctionArn: 'f', getRemainingTimeInMillis: () => 10_000 };
      const { batchItemFailures } = await chain(kinesisEvent(...numbers), context);
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

describe.each(['eachRecord', 'wholeBatch', 'splitOnError'] as const)(
  'a process that dies behind its answer (%s)',
  (wrapper) => {
    test('starts nothing again, and is told of once', async () => {
      const first = boot({ wrapper });
      expect(await first.deliver('1', '2', '3')).toEqual([]);
      first.die();
      const second = boot({ wrapper });
      expect(await second.deliver('1', '2', '3')).toEqual([]);
      expect(second.starts).toEqual([]);
      expect(second.alarms()).toEqual([['1', '2', '3']]);
      expect(second.events.find(({ type }) => type === 'invocation-ended')).toMatchObject({
        remembered: 3,
        suspects: 0,
      });
      expect(await second.deliver('4')).toEqual([]);
      expect(second.alarms()).toHaveLength(1);
      second.die();
      // A deliberate replay runs.
      const third = boot({ wrapper });
      await third.deliver('1', '2', '3');
      expect(third.starts).toEqual(['1', '2', '3']);
      expect(third.alarms()).toEqual([]);
    });

    test('and again behind the next one starts nothing, and is told of each time', async () => {
      for (let deaths = 0; deaths < 3; deaths++) {
        const one = boot({ wrapper });
        expect(await one.deliver('1', '2')).toEqual([]);
        expect(one.starts).toEqual(deaths === 0 ? ['1', '2'] : []);
        expect(one.alarms()).toHaveLength(deaths === 0 ? 0 : 1);
        one.die();
      }
    });

    test('starts nothing of the halves that bisect makes of its batch', async () => {
      const first = boot({ wrapper });
      await first.deliver('1', '2', '3', '4');
      first.die();
      const second = boot({ wrapper });
      await second.deliver('1', '2');
      await second.deliver('3', '4');
      expect(second.starts).toEqual([]);
      expect(second.alarms()).toEqual([
        ['1', '2'],
        ['3', '4'],
      ]);
    });

    test('after reporting a record: the records before it are done, and it has its next attempt', async () => {
      const failing = ['3'];
      const first = boot({ wrapper, failing });
      expect((await first.deliver('1', '2', '3', '4'))[0]).toBe('3');
      first.die();
      const second = boot({ wrapper, failing });
      expect((await second.deliver('1', '2', '3', '4'))[0]).toBe('3');
      expect(second.starts).not.toContain('1');
      expect(second.starts).not.toContain('2');
      expect(second.starts).toContain('3');
      expect(second.alarms()).toEqual([['1', '2']]);
    });
  },
);

describe('no death behind an answer', () => {
  test('is a partial answer that arrived: only its reported records come again', async () => {
    const first = boot({ failing: ['3'] });
    await first.deliver('1', '2', '3', '4');
    first.die();
    const second = boot();
    expect(await second.deliver('3', '4')).toEqual([]);
    expect(second.starts).toEqual(['3']);
    expect(second.alarms()).toEqual([]);
  });

  test('is an answer that passed nothing', async () => {
    const first = boot({ failing: ['1'] });
    await first.deliver('1', '2');
    first.die();
    const second = boot();
    await second.deliver('1', '2');
    expect(second.starts).toEqual(['1']);
    expect(second.alarms()).toEqual([]);
  });

  test('is an answer whose process goes on, though its records come again', async () => {
    const first = boot();
    await first.deliver('1', '2');
    const beside = boot();
    await beside.deliver('1', '2');
    await first.deliver('1', '2');
    expect([first, beside].map(({ starts }) => starts)).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    expect([...first.alarms(), ...beside.alarms()]).toEqual([]);
  });

  test('is an answer behind which another middleware fails: everything runs again', async () => {
    const outer: Hooks = {
      after: () => {
        throw new Error('behind the answer');
      },
    };
    const first = boot({ outer });
    await expect(first.deliver('1', '2')).rejects.toThrow('behind the answer');
    first.die();
    const second = boot();
    expect(await second.deliver('1', '2')).toEqual([]);
    expect(second.starts).toEqual(['1', '2']);
    expect(second.alarms()).toEqual([]);
  });

  test('reaches a record that another middleware reports', async () => {
    const inner: Hooks = {
      after: (request) => {
        request.response = { batchItemFailures: [{ itemIdentifier: '2' }] };
      },
    };
    const first = boot({ inner });
    expect(await first.deliver('1', '2', '3')).toEqual(['2']);
    first.die();
    const second = boot();
    expect(await second.deliver('1', '2', '3')).toEqual([]);
    expect(second.starts).toEqual(['2']);
    expect(second.alarms()).toEqual([['1']]);
  });
});

test('without an observer, one line on standard error says how to find the cause', async () => {
  const lines = jest.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const first = boot();
    await first.deliver('1');
    first.die();
    await boot({ observe: null }).deliver('1');
    expect(lines.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([
      {
        undam: 'died-after-answer',
        isCertain: true,
        records: 1,
        sequenceNumbers: ['1'],
        problem: expect.stringContaining('no-floating-promises'),
      },
    ]);
  } finally {
    lines.mockRestore();
  }
});
