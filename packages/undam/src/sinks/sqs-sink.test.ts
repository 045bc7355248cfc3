import { describe, expect, test } from '@jest/globals';
import { many } from './envelope.fixture.ts';
import { queueUrl, sinkOver } from './fake-sdk.fixture.ts';
import { accepted, limits, promptly } from './sink-contract.fixture.ts';
import { createSqsSink, type SqsAmbient } from './sqs-sink.ts';

describe('the client', () => {
  test('is loaded at prepare() or the first send, once, with time-outs that throw and no retries of its own', async () => {
    const { sink, seen } = sinkOver(() => undefined);
    expect(seen.loads).toBe(0);
    sink.prepare?.();
    expect(seen.loads).toBe(1);
    await sink.send(many(1), limits());
    await sink.send(many(1), limits());
    expect(seen.loads).toBe(1);
    expect(seen.configs).toStrictEqual([
      {
        region: 'eu-west-1',
        maxAttempts: 1,
        requestHandler: {
          connectionTimeout: 500,
          requestTimeout: 1_000,
          socketTimeout: 1_000,
          throwOnRequestTimeout: true,
        },
      },
    ]);
  });

  test('that could not be loaded is a refusal naming the package, and the next send loads it again', async () => {
    const { sink, seen } = sinkOver(() => undefined, { loadFailures: 2 });
    sink.prepare?.();
    await new Promise(setImmediate);
    expect(await sink.send(many(2), limits())).toMatchObject(
      [1, 2].map(() => ({
        accepted: false,
        error: { code: 'sink-refused', message: expect.stringContaining('@aws-sdk/client-sqs') },
      })),
    );
    expect(await sink.send(many(2), limits())).toEqual(accepted(2));
    expect(seen.loads).toBe(3);
  });
});

describe('when the time is aborted', () => {
  test('a client that ignores it is left behind, and what it says later changes nothing', async () => {
    let release: (answer: unknown) => void = () => {};
    const abort = new AbortController();
    const { sink } = sinkOver((entries, call) => {
      if (call === 1) return undefined;
      return new Promise((resolve) => {
        release = () => resolve({ Successful: entries.map(({ Id }) => ({ Id })) });
        setImmediate(() => abort.abort());
      });
    });
    const results = await promptly(sink.send(many(12), limits(abort.signal)));
    const expected = many(12).map((_, position) => position < 10);
    expect(results.map((result) => result.accepted)).toEqual(expected);
    release(undefined);
    await new Promise(setImmediate);
    expect(results.map((result) => result.accepted)).toEqual(expected);
    expect(results[11]).toMatchObject({ error: { code: 'too-slow' } });
  });

  test('while the package loads, the answer is prompt and nothing is sent', async () => {
    const abort = new AbortController();
    const ambient: SqsAmbient = { load: () => new Promise(() => {}), random: () => 0, sleep: async () => {} };
    const answer = createSqsSink({ queueUrl }, ambient).send(many(1), limits(abort.signal));
    abort.abort();
    expect(await promptly(answer)).toMatchObject([{ accepted: false, error: { code: 'too-slow' } }]);
  });

  test('before the start, not even the package is loaded', async () => {
    const { sink, seen } = sinkOver(() => undefined);
    expect(await sink.send(many(1), limits(AbortSignal.abort()))).toMatchObject([{ accepted: false }]);
    expect(seen.loads).toBe(0);
  });

  test('the signal reaches the client', async () => {
    const { signal } = new AbortController();
    let got: AbortSignal | undefined;
    const { sink } = sinkOver((_entries, _call, given) => {
      got = given;
    });
    await sink.send(many(1), limits(signal));
    expect(got).toBe(signal);
  });
});
