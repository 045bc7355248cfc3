import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Envelope } from '../../src/envelope/index.ts';
import type { SendLimits, SendResult, Sink } from '../../src/sinks/sink.ts';
import { anEnvelope, envelopes } from './envelope.ts';

/** A sink over a real store, and what the contract has to do to that store. */
export interface SinkUnderTest {
  readonly sink: Sink;
  /** Everything stored so far, read back from the store in its order, repeats included; each message is seen once. */
  takeStored(): Promise<readonly Envelope[]>;
  /** From now on the store refuses the envelopes with these ids for good. */
  refuse(ids: readonly string[]): void;
  /** From now on the store never answers. */
  stopAnswering(): void;
  close(): Promise<void>;
}

/** What every sink has to do; run it with a way to open one over an empty store. */
export function describeSinkContract(name: string, open: () => Promise<SinkUnderTest>): void {
  describe(`${name} keeps the sink contract`, () => {
    let subject: SinkUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    test('an accepted envelope is stored exactly, once, and no other', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(envelopes, { maxLength: 25, selector: ({ id }) => id }), async (sent) => {
          const results = await subject.sink.send(sent, limits());
          expect(results).toStrictEqual(sent.map(() => ({ accepted: true })));
          expect(byId(await subject.takeStored())).toStrictEqual(byId(sent));
        }),
        { numRuns: 15 },
      );
    });

    test('one result for each envelope, in order, and a refused one is not stored', async () => {
      const sent = Array.from({ length: 23 }, (_, position) => anEnvelope(position));
      const refused = sent.filter((_, position) => position % 4 === 1);
      subject.refuse(refused.map(({ id }) => id));
      const results = await subject.sink.send(sent, limits());
      expect(results.map(({ accepted }) => accepted)).toEqual(sent.map((_, position) => position % 4 !== 1));
      for (const result of results) if (!result.accepted) expect(result.error).toMatchObject({ code: 'sink-refused' });
      expect(byId(await subject.takeStored())).toStrictEqual(byId(sent.filter((each) => !refused.includes(each))));
    });

    test('no payload shows in the error of a refusal', async () => {
      const secret = anEnvelope(1, { data: Buffer.from('a secret payload').toString('base64') });
      subject.refuse([secret.id]);
      const [result] = await subject.sink.send([secret], limits());
      const { inspect } = await import('node:util');
      expect(inspect(result, { depth: 20, showHidden: true })).not.toContain(secret.data);
    });

    test('nothing to send is answered with nothing', async () => {
      expect(await subject.sink.send([], limits())).toEqual([]);
      expect(await subject.takeStored()).toEqual([]);
    });

    test('an abort is answered at once with a refusal for each envelope', async () => {
      subject.stopAnswering();
      const abort = new AbortController();
      const answer = subject.sink.send([anEnvelope(1), anEnvelope(2)], limits(abort.signal));
      const whenAborted = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))]);
      expect(whenAborted).toBe('waiting');
      abort.abort();
      expect(await promptly(answer)).toMatchObject([{ accepted: false }, { accepted: false }]);
    });

    test('after an abort it accepts and stores nothing', async () => {
      const results = await subject.sink.send([anEnvelope()], limits(AbortSignal.abort()));
      expect(results).toMatchObject([{ accepted: false, error: { code: 'too-slow' } }]);
      expect(await subject.takeStored()).toEqual([]);
    });

    test('no listener stays on the signal', async () => {
      const { signal } = new AbortController();
      await subject.sink.send([anEnvelope()], limits(signal));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('preparing is no promise: it neither stores nor throws', async () => {
      expect(subject.sink.prepare?.()).toBeUndefined();
      expect(await subject.takeStored()).toEqual([]);
    });
  });
}

/** What a sink answers when it has stored everything. */
export function accepted(count: number): readonly SendResult[] {
  return Array.from({ length: count }, () => ({ accepted: true }));
}

/** Limits with plenty of time, which `signal` may still cut short. */
export function limits(signal: AbortSignal = new AbortController().signal, remainingMs = 30_000): SendLimits {
  return { signal, remainingMs: () => (signal.aborted ? 0 : remainingMs) };
}

/** Fails when `answer` is not there within a bound far above what it needs and far below any time-out of a client. */
export function promptly<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no prompt answer')), 4_000);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function byId(envelopes: readonly Envelope[]): readonly Envelope[] {
  return envelopes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
