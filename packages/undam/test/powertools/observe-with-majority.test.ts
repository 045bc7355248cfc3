import { describe, expect, test } from '@jest/globals';
import { linesAbout, linesOf, newLogger, type Setting } from '../kit/observed-function.ts';

describe('the warning that most records of an invocation failed for good', () => {
  const numbers = (permanent: number, done: number) => [
    ...Array.from({ length: permanent }, (_, n) => `permanent${n}`),
    ...Array.from({ length: done }, (_, n) => `a${n}`),
  ];
  const warned = async (batch: readonly string[], options: { majorityFrom?: number } = {}, setting?: Setting) =>
    linesAbout(
      await linesOf({ logger: newLogger(), ...options }, [batch], { order: 'none', ...setting }),
      'mostly-quarantined',
    );

  test('comes for more than half, from the floor on', async () => {
    expect(await warned(numbers(6, 5))).toMatchObject([
      { level: 'WARN', undam: { requestId: 'request-1', stream: 's', failedForGood: 6, settled: 11 } },
    ]);
    expect(await warned(numbers(5, 0))).toHaveLength(1);
    expect(await warned(numbers(4, 0))).toEqual([]);
    expect(await warned(numbers(1, 0))).toEqual([]);
    expect(await warned(numbers(6, 6))).toEqual([]);
    expect(await warned(numbers(1, 0), { majorityFrom: 1 })).toHaveLength(1);
  });

  test('comes for any error: a bad deploy may throw anything', async () => {
    const handle = () => {
      throw new TypeError("cannot read properties of undefined (reading 'id')");
    };
    expect(await warned(numbers(0, 8), {}, { handle, quarantine: { attempts: 1 } })).toHaveLength(1);
    expect(await warned(numbers(0, 8), {}, { handle, quarantine: { attempts: 2 } })).toEqual([]);
  });

  test('comes with a sink that is down, too', async () => {
    const down = { send: () => Promise.reject(new Error('down')) };
    expect(await warned(numbers(6, 1), {}, { sink: down })).toMatchObject([
      { undam: { failedForGood: 6, settled: 7 } },
    ]);
  });

  test('does not come for records that earlier deliveries have quarantined', async () => {
    const batch = ['poison', ...numbers(6, 0)];
    const output = await linesOf({ logger: newLogger() }, [batch, [...batch, 'b']], { order: 'none' });
    expect(linesAbout(output, 'mostly-quarantined').map(({ undam }) => undam!.requestId)).toEqual(['request-1']);
  });

  test('counts no record that earlier deliveries have done', async () => {
    const first = ['outage', ...numbers(0, 6)];
    const output = await linesOf({ logger: newLogger() }, [first, [...first, ...numbers(5, 0)]], { order: 'none' });
    expect(linesAbout(output, 'mostly-quarantined')).toMatchObject([
      { undam: { requestId: 'request-2', failedForGood: 5, settled: 5 } },
    ]);
  });

  test('counts only settled records: a held one is no success', async () => {
    const output = await linesOf(
      { logger: newLogger() },
      [[...numbers(6, 2), ...Array.from({ length: 20 }, (_, n) => `outage${n}`)]],
      {
        order: 'none',
      },
    );
    expect(linesAbout(output, 'mostly-quarantined')).toMatchObject([{ undam: { failedForGood: 6, settled: 8 } }]);
  });
});
