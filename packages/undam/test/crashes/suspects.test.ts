import { describe, expect, test } from '@jest/globals';
import { markedFunction } from '../kit/marked-function.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { diedAlone, suspect } from '../kit/suspects.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('a suspect', () => {
  test('runs after the records before it, with nothing else in flight, and before the rest', async () => {
    const running = new Set<string>();
    const beside: Record<string, string[]> = {};
    const { ledger, fn } = markedFunction(async ({ kinesis: { sequenceNumber } }) => {
      for (const other of running) beside[other]!.push(sequenceNumber);
      beside[sequenceNumber] = [...running];
      running.add(sequenceNumber);
      await fn.lambda.clock.sleep(20);
      running.delete(sequenceNumber);
    });
    ledger.know({ c: suspect, e: suspect });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd', 'e', 'f'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(beside).toEqual({ a: ['b'], b: ['a'], c: [], d: [], e: [], f: [] });
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual(['alone c', 'alone e']);
    expect(fn.events).toContainEqual({ type: 'crash-found', suspects: 2 });
  });

  test('starts beside a zombie only as first record of its batch: no record is charged with a death beside one', async () => {
    const { ledger, fn } = markedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber.startsWith('z') ? new Promise(() => {}) : undefined),
      { timeBudget: { recordMs: 200 } },
    );
    ledger.know({ s: suspect });
    expect(reportedIn(await fn.deliver('z1', 'a', 's', 't'))).toEqual(['z1', 's', 't']);
    expect(fn.takeStarts()).toEqual(['z1', 'a']);
    expect(reportedIn(await fn.deliver('z1', 's', 't'))).toEqual(['s', 't']);
    expect(fn.takeStarts()).toEqual(['z1']);
    expect(reportedIn(await fn.deliver('s', 't'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['s', 't']);
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual([]);
  });

  test('that has settled after the budget cut it off is no suspect of a later death', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }, { signal }) =>
      kinesis.sequenceNumber === 's'
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : undefined,
    );
    ledger.know({ s: suspect });
    expect(reportedIn(await fn.deliver('a', 's'))).toEqual(['s']);
    expect(ledger.marks).toEqual(['started a', 'done a', 'alone s', 'open s', 'answered behind s', 'closed']);
  });

  test('that ended in order is no suspect any more', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b') throw new Error('no');
    });
    ledger.know({ b: suspect });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    ledger.marks.length = 0;
    await fn.deliver('b', 'c');
    expect(ledger.marks).toContain('started b');
  });

  test('among ten thousand has its turn, also under a synchronous handler', async () => {
    const { ledger, fn } = markedFunction(() => {}, { timeBudget: false });
    const numbers = Array.from({ length: 10_000 }, (_, n) => `${n + 1}`);
    ledger.know(Object.fromEntries(numbers.map((number) => [number, suspect])));
    expect(reportedIn(await fn.deliver(...numbers))).toEqual([]);
    expect(fn.starts).toEqual(numbers);
  });

  test('that had no turn stays a suspect', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b1') throw new Error('no');
    });
    ledger.know({ b2: suspect });
    expect(reportedIn(await fn.deliver('b1', 'b2'))).toEqual(['b1', 'b2']);
    expect(fn.takeStarts()).toEqual(['b1']);
    ledger.marks.length = 0;
    await fn.deliver('b2');
    expect(ledger.marks[0]).toBe('alone b2');
  });

  test('waits for the earlier records of its lane, and no other lane waits for it then', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'a1') throw new Error('no');
    });
    ledger.know({ a2: suspect });
    expect(reportedIn(await fn.deliver('a1', 'b', 'a2', 'c'))).toEqual(['a1', 'a2']);
    expect(fn.starts).toEqual(['a1', 'b', 'c']);
  });

  test('that has died alone runs only as first record of a batch: the invocation ends before it', async () => {
    const { ledger, fn } = markedFunction(undefined, { quarantine: { attempts: 3 } });
    ledger.know({ b: diedAlone(1) });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(fn.takeStarts()).toEqual(['a']);
    expect(reportedIn(await fn.deliver('b', 'c'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['b', 'c']);
    expect(ledger.marks).toContain('alone b');
  });

  test('that has died alone N times is quarantined without a start', async () => {
    const { ledger, fn } = markedFunction();
    ledger.know({ b: diedAlone(2) });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'c']);
    expect(fn.sink.stored).toMatchObject([{ reason: 'crashed', attempts: { crashed: 2 } }]);
  });

  test('of a later turn ends the invocation before it', async () => {
    const { ledger, fn } = markedFunction();
    ledger.know({ b: { suspect: 'later' }, c: { suspect: 'later' } });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd'))).toEqual(['b', 'c', 'd']);
    expect(fn.starts).toEqual(['a']);
  });

  test('is not alone beside a zombie of any invocation', async () => {
    const { ledger, fn } = markedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber.startsWith('z') ? new Promise(() => {}) : undefined),
      { timeBudget: { recordMs: 200 } },
    );
    await fn.deliver('z1');
    ledger.know({ b: suspect });
    ledger.marks.length = 0;
    await fn.deliver('b');
    expect(ledger.marks[0]).toBe('started b');
  });

  test('runs alone in the process: other invocations start nothing beside it, and end their records first', async () => {
    const running = new Set<string>();
    let most = 0;
    const { ledger, fn } = markedFunction(
      async ({ kinesis: { sequenceNumber } }) => {
        running.add(sequenceNumber);
        if (running.has('b')) most = Math.max(most, running.size);
        await fn.lambda.clock.sleep(100);
        running.delete(sequenceNumber);
      },
      { concurrency: 1 },
    );
    ledger.know({ b: suspect });
    const { lambda, chain } = fn;
    const endings = await Promise.all([
      lambda.invoke(chain, kinesisEvent('x1', 'x2', 'x3', 'x4'), lambda.context(5_000)),
      lambda.invoke(chain, kinesisEvent('a', 'b', 'c'), lambda.context(5_000)),
    ]);
    expect(endings.map(reportedIn)).toEqual([[], []]);
    expect(most).toBe(1);
    expect(fn.starts.toSorted()).toEqual(['a', 'b', 'c', 'x1', 'x2', 'x3', 'x4']);
    expect(ledger.marks).toContain('alone b');
    expect(lambda.timers).toBe(0);
  });

  test('keeps no other invocation waiting beyond its budget', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }) =>
      kinesis.sequenceNumber === 'b' ? fn.lambda.clock.sleep(30_000) : undefined,
    );
    ledger.know({ b: suspect });
    const { lambda, chain } = fn;
    const long = lambda.invoke(chain, kinesisEvent('b'), lambda.context(60_000));
    const short = await lambda.invoke(chain, kinesisEvent('x', 'y'), lambda.context(5_000));
    expect(reportedIn(short)).toEqual(['x', 'y']);
    expect(reportedIn(await long)).toEqual([]);
    expect(lambda.timers).toBe(0);
  });
});
