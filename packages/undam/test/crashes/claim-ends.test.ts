import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { markedHandler } from '../kit/marked-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('a ledger that claims is told once of the end of an invocation', () => {
  function setUpClaims(before: () => unknown, changeEvent = false) {
    const ledger = new MarkingLedger(false, true);
    const handling = markedHandler(
      ledger,
      eachRecord(() => {}),
      {
        before: async (request) => {
          if (changeEvent) request.event = kinesisEvent('other');
          return before();
        },
      },
    );
    return { ledger, lambda: handling.lambda, invoke: () => handling.deliver('a', 'b') };
  }

  test('in which all goes well', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger });
    await fn.deliver('a', 'b');
    expect(ledger.remembered).toBe(1);
  });

  test('that another middleware fails on the way in', async () => {
    const { ledger, invoke } = setUpClaims(() => Promise.reject(new Error('no secret')));
    expect(await invoke()).toMatchObject({ kind: 'threw' });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('whose records another middleware has changed', async () => {
    const { ledger, invoke } = setUpClaims(() => {}, true);
    expect(await invoke()).toMatchObject({ kind: 'threw', error: { code: 'event-changed' } });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('that another middleware has answered before', async () => {
    const { ledger, lambda, invoke } = setUpClaims(() => ({ batchItemFailures: [{ itemIdentifier: 'a' }] }));
    await invoke();
    await lambda.pass(100);
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('that has no time', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger, timeoutMs: 900 });
    expect(await fn.deliver('a')).toMatchObject({ kind: 'threw', error: { code: 'no-time' } });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('whose handler answers before it ends', async () => {
    const ledger = new MarkingLedger(false, true);
    const inner = eachRecord(() => new Promise(() => {}));
    const { deliver } = markedHandler(ledger, (event, context) => {
      void inner(event, context);
      return Promise.resolve({ batchItemFailures: [] });
    });
    expect(await deliver('a')).toMatchObject({ kind: 'threw' });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('of no records', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger });
    expect(reportedIn(await fn.deliver())).toEqual([]);
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });
});
