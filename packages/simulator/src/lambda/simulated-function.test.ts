import { describe, expect, test } from '@jest/globals';
import type { InvocationResult } from '../mapping/ports.ts';
import { seededRandom } from '../virtual/random.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';
import { SimulatedFunction, type SimulatedFunctionOptions } from './simulated-function.ts';

function newFunction(
  createHandler: SimulatedFunctionOptions['createHandler'],
  more: Partial<SimulatedFunctionOptions> = {},
) {
  const time = new VirtualTime();
  const simulated = new SimulatedFunction({
    settings: {},
    clock: time,
    random: seededRandom(1),
    createHandler,
    ...more,
  });
  const invoke = async (event: object = {}): Promise<InvocationResult> => {
    const answer = simulated.invoke({ Records: [event] });
    await time.runUntil(answer);
    return answer;
  };
  return { time, simulated, invoke };
}

describe('a function at Lambda', () => {
  test('keeps its process between invocations, also after an ordinary rejection', async () => {
    const starts: number[] = [];
    const { invoke } = newFunction(({ id }) => {
      starts.push(id);
      let count = 0;
      return async () => {
        if (++count === 2) throw new Error('ordinary');
        return { count };
      };
    });
    expect([await invoke(), await invoke(), await invoke()]).toEqual([
      { kind: 'response', payload: { count: 1 } },
      { kind: 'function-error' },
      { kind: 'response', payload: { count: 3 } },
    ]);
    expect(starts).toEqual([1]);
  });

  test('may die behind its answer: that is lost with its state, and its files stay', async () => {
    let dies = true;
    const ended: unknown[] = [];
    const { invoke } = newFunction(
      ({ temporaryFiles }) => {
        let count = 0;
        return async () => {
          const kept = temporaryFiles.read('mark') !== undefined;
          temporaryFiles.write('mark', new Uint8Array([1]));
          return { count: ++count, kept };
        };
      },
      {
        faults: { diesBehindAnswer: (environment) => environment === 1 && dies },
        observer: { invocationEnded: (_requestId, _environment, end) => ended.push(end) },
      },
    );
    expect(await invoke()).toEqual({ kind: 'function-error' });
    dies = false;
    expect(await invoke()).toEqual({ kind: 'response', payload: { count: 1, kept: true } });
    expect(ended).toEqual(['crashed', 'response']);
  });

  test('is reset after a time-out: its files stay, its state is gone, and what it had started never acts', async () => {
    const acted: string[] = [];
    const { time, invoke } = newFunction(({ id, clock, temporaryFiles }) => async () => {
      if (temporaryFiles.read('mark')) return { id, mark: 'kept' };
      temporaryFiles.write('mark', new Uint8Array([1]));
      clock.setTimeout(() => acted.push('a timer'), 5_000);
      return new Promise(() => {});
    });
    expect(await invoke()).toEqual({ kind: 'function-error' });
    expect(time.now()).toBe(200 + 3_000);
    expect(await invoke()).toEqual({ kind: 'response', payload: { id: 1, mark: 'kept' } });
    await time.runUntil(time.sleep(10_000));
    expect(acted).toEqual([]);
  });

  test('documented: is frozen between invocations; what was due then happens in the next one, unless it is cleared', async () => {
    const fired: string[] = [];
    let invocation = 0;
    const { time, invoke } = newFunction(({ clock }) => {
      let second: unknown;
      return async () => {
        if (++invocation === 1) {
          for (const name of ['a', 'b']) clock.setTimeout(() => fired.push(`${name} in ${invocation}`), 5);
          second = clock.setTimeout(() => fired.push('cleared'), 6);
          return null;
        }
        clock.clearTimeout(second);
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 1));
        return null;
      };
    });
    await invoke();
    await time.runUntil(time.sleep(1_000));
    expect(fired).toEqual([]);
    await invoke();
    expect(fired).toEqual(['a in 2', 'b in 2']);
  });

  test('documented: an error that one invocation left behind fails the next one', async () => {
    let invocation = 0;
    const { time, invoke } = newFunction(({ clock }) => async () => {
      if (++invocation === 1) {
        clock.setTimeout(() => {
          throw new Error('left behind');
        }, 5);
      }
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 1));
      return invocation;
    });
    expect(await invoke()).toEqual({ kind: 'response', payload: 1 });
    await time.runUntil(time.sleep(1_000));
    expect(await invoke()).toEqual({ kind: 'function-error' });
    expect(await invoke()).toEqual({ kind: 'response', payload: 3 });
  });

  test('a crash ends the invocation at once and shuts the files to what is left of it', async () => {
    let afterwards: unknown;
    const { time, invoke } = newFunction((environment) => async () => {
      const { temporaryFiles } = environment;
      environment.crash(new Error('out of memory'));
      try {
        temporaryFiles.write('mark', new Uint8Array());
      } catch (error) {
        afterwards = error;
      }
      return null;
    });
    expect(await invoke()).toEqual({ kind: 'function-error' });
    expect(time.now()).toBe(200);
    expect(afterwards).toBeInstanceOf(Error);
  });

  test('one environment serves one invocation at a time; what is over the concurrency is throttled', async () => {
    const { time, simulated } = newFunction(
      ({ id, clock }) =>
        async () => {
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 10));
          return id;
        },
      { settings: { reservedConcurrency: 2 } },
    );
    const answers = Promise.all([1, 2, 3].map(() => simulated.invoke({ Records: [] })));
    await time.runUntil(answers);
    expect(await answers).toEqual([
      { kind: 'response', payload: 1 },
      { kind: 'response', payload: 2 },
      { kind: 'throttled' },
    ]);
    expect(simulated.cost.requests).toBe(2);
  });

  test('an environment that is too old makes room for a new one without its files', async () => {
    const { time, invoke } = newFunction(({ id, temporaryFiles }) => async () => {
      temporaryFiles.write(`mark ${id}`, new Uint8Array());
      return temporaryFiles.list();
    });
    await invoke();
    await time.runUntil(time.sleep(3 * 3_600_000));
    expect(await invoke()).toEqual({ kind: 'response', payload: ['mark 2'] });
  });

  test('what is no JSON or too large is a function error', async () => {
    const answers: unknown[] = [{ n: 1n }, 'x'.repeat(7_000_000), undefined];
    const { invoke } = newFunction(() => async () => answers.shift());
    expect([await invoke(), await invoke(), await invoke()]).toEqual([
      { kind: 'function-error' },
      { kind: 'function-error' },
      { kind: 'response', payload: null },
    ]);
  });

  test('an answer behind the deadline comes too late, also from a handler that kept the event loop', async () => {
    const { invoke } = newFunction(({ clock }) => async () => {
      clock.block(3_001);
      return null;
    });
    expect(await invoke()).toEqual({ kind: 'function-error' });
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('no configuration');
      },
      { name: 'TypeError', message: 'no configuration' },
    ],
    ['never ends', () => new Promise<never>(() => {}), { name: 'Runtime.InitTimeout' }],
    ['gives no function', () => 'handler' as never, { name: 'Runtime.HandlerNotFound' }],
    [
      'gives one with a callback',
      () => (_event: never, _context: never, _callback: never) => null,
      { name: 'Runtime.CallbackHandlerDeprecated' },
    ],
  ])('an initialisation that %s fails the invocation and is named', async (_, createHandler, named) => {
    const ends: unknown[] = [];
    const observer = { invocationEnded: (...end: readonly unknown[]) => ends.push(end.slice(2)) };
    const { invoke } = newFunction(createHandler as never, { observer });
    expect(await invoke()).toEqual({ kind: 'function-error' });
    expect(ends).toEqual([['crashed', expect.objectContaining(named)]]);
  });

  test('gives each invocation an event and a context of its own', async () => {
    const { invoke } = newFunction(
      () =>
        async (event: { Records: object[] }, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) => {
          event.Records.push({});
          return [event.Records.length, context.awsRequestId, context.getRemainingTimeInMillis()];
        },
    );
    const [first, second] = [await invoke(), await invoke()] as { payload: unknown[] }[];
    expect(first!.payload).toEqual([2, expect.stringMatching(/^[0-9a-f-]{36}$/), 3_000]);
    expect(second!.payload[1]).not.toBe(first!.payload[1]);
  });
});
