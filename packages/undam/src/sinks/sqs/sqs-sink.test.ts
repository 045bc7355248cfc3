import { describe, expect, test } from '@jest/globals';
import { many } from '../../../test/kit/envelope.ts';
import { queueUrl, sinkOver } from '../../../test/kit/fake-sdk.ts';
import { accepted, limits, promptly } from '../../../test/kit/sink-contract.ts';
import type { SendMessageBatchInput, SqsSender } from './client.ts';
import type { SqsAmbient } from './delivery.ts';
import { createSqsSink } from './sink-on-queue.ts';

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

  test('is loaded when the sink is made, with load: init', async () => {
    const { sink, seen } = sinkOver(() => undefined, { load: 'init' });
    expect(seen.loads).toBe(1);
    await sink.send(many(1), limits());
    expect(seen.loads).toBe(1);
  });

  test.each(['lazy', 'init'] as const)(
    'that could not be loaded (%s) is a refusal that says why, and nothing is loaded again',
    async (load) => {
      const { sink, seen } = sinkOver(() => undefined, { loadFailures: 1, load });
      sink.prepare?.();
      await new Promise(setImmediate);
      const refused = {
        accepted: false,
        error: {
          code: 'sink-refused',
          message: expect.stringMatching(/sqsSink\(\): @aws-sdk\/client-sqs .*not found; add /),
        },
      };
      for (let send = 0; send < 3; send++) {
        expect(await sink.send(many(2), limits())).toMatchObject([refused, refused]);
      }
      expect(seen.loads).toBe(1);
    },
  );
});

describe('a ready client', () => {
  const load = (): Promise<never> => Promise.reject(new Error('nothing is to be loaded'));
  const ambient: SqsAmbient = { load, random: () => 0, sleep: async () => {} };

  test('with sendMessageBatch() needs nothing else', async () => {
    const inputs: SendMessageBatchInput[] = [];
    const client: SqsSender = {
      sendMessageBatch: async (input, { abortSignal }) => {
        inputs.push(input);
        return { Successful: input.Entries.map(({ Id }) => ({ Id, aborted: abortSignal.aborted })) };
      },
    };
    const sink = createSqsSink({ queueUrl, client }, ambient);
    expect(await sink.check?.({ permissions: false })).toEqual([]);
    expect(await sink.send(many(2), limits())).toEqual(accepted(2));
    expect(inputs).toMatchObject([{ QueueUrl: queueUrl, Entries: [{ Id: '0' }, { Id: '1' }] }]);
  });

  test('with send() needs the class of the command, and no class of a client', async () => {
    class SendMessageBatchCommand {
      readonly input: SendMessageBatchInput;
      constructor(input: SendMessageBatchInput) {
        this.input = input;
      }
    }
    const client = {
      send: async ({ input }: SendMessageBatchCommand) => ({ Successful: input.Entries.map(({ Id }) => ({ Id })) }),
    };
    const sink = createSqsSink({ queueUrl, client }, { ...ambient, load: async () => ({ SendMessageBatchCommand }) });
    expect(await sink.send(many(2), limits())).toEqual(accepted(2));
    const without = createSqsSink({ queueUrl, client }, ambient);
    await expect(without.check?.({ permissions: false })).rejects.toMatchObject({ code: 'sink-refused' });
  });
});

describe('when the time is aborted', () => {
  test('a client that ignores it is abandoned, and its later answer changes nothing', async () => {
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
