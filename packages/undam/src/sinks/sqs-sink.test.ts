import { describe, expect, test } from '@jest/globals';
import { decodeEnvelope, type Envelope } from '../envelope.ts';
import type { SendLimits } from '../sink.ts';
import { anEnvelope } from './envelope.fixture.ts';
import { limits, promptly } from './sink-contract.fixture.ts';
import type { SqsEntry } from './sqs-message.ts';
import { createSqsSink, type SqsAmbient } from './sqs-sink.ts';

/** Decides on a call; the answer of a queue that takes everything where it returns nothing. */
type Queue = (entries: readonly SqsEntry[], call: number, signal: AbortSignal) => unknown;

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';

/** A sink over a fake SDK, with time and chance in the test's hands. */
function sinkOver(queue: Queue, { url = queueUrl, random = 0.5, loadFailures = 0 } = {}) {
  const seen = {
    calls: [] as string[][],
    forms: [] as number[],
    sleeps: [] as number[],
    configs: [] as unknown[],
    loads: 0,
  };
  class SQSClient {
    constructor(config: unknown) {
      seen.configs.push(config);
    }
    async send(command: { Entries: SqsEntry[] }, options?: { abortSignal?: AbortSignal }): Promise<unknown> {
      seen.calls.push(command.Entries.map(({ Id }) => Id));
      const answer = await queue(command.Entries, seen.calls.length, options?.abortSignal as AbortSignal);
      return answer ?? { Successful: command.Entries.map(({ Id }) => ({ Id })) };
    }
  }
  class SendMessageBatchCommand {
    readonly Entries: SqsEntry[];
    constructor(input: { Entries: SqsEntry[] }) {
      this.Entries = input.Entries;
    }
  }
  const ambient: SqsAmbient = {
    load: async () => {
      if (++seen.loads <= loadFailures) throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      return { SQSClient, SendMessageBatchCommand };
    },
    random: () => random,
    sleep: async (ms) => {
      seen.sleeps.push(ms);
    },
  };
  return { sink: createSqsSink({ queueUrl: url }, ambient), seen };
}

const awsError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
const failing = (Id: string, SenderFault: boolean, Code = 'InternalError') => ({ Id, SenderFault, Code });
const many = (count: number): Envelope[] => Array.from({ length: count }, (_, position) => anEnvelope(position));
const accepted = (count: number) => Array.from({ length: count }, () => ({ accepted: true }));

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
          connectionTimeout: 1_000,
          requestTimeout: 3_000,
          socketTimeout: 3_000,
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

describe('what is not acknowledged', () => {
  test('is sent again, alone, until it is', async () => {
    const { sink, seen } = sinkOver((entries, call) => {
      if (call === 1) return { Successful: entries.slice(2).map(({ Id }) => ({ Id })), Failed: [failing('0', false)] };
      return undefined;
    });
    expect(await sink.send(many(5), limits())).toEqual(accepted(5));
    expect(seen.calls).toEqual([
      ['0', '1', '2', '3', '4'],
      ['0', '1'],
    ]);
  });

  test('waits with full jitter from 50 ms, doubled each time, up to 1,000 ms', async () => {
    const { sink, seen } = sinkOver((_, call) => (call <= 7 ? {} : undefined), { random: 0.5 });
    await sink.send(many(1), limits());
    expect(seen.sleeps).toEqual([25, 50, 100, 200, 400, 500, 500]);
  });

  test('is refused with the last code of SQS when no wait fits into the time that is left', async () => {
    let left = 300;
    const timed: SendLimits = { signal: new AbortController().signal, remainingMs: () => left };
    const { sink, seen } = sinkOver(
      () => {
        left -= 60;
        throw awsError('RequestThrottled', 403);
      },
      { random: 0.9 },
    );
    expect(await sink.send(many(1), timed)).toMatchObject([
      { accepted: false, error: { code: 'too-slow', message: expect.stringContaining('RequestThrottled') } },
    ]);
    expect(seen.calls.length).toBe(3); // 45, 90, then 180 ms of wait against 120 ms left
    expect(seen.sleeps).toEqual([45, 90]);
  });

  test('is not called again once no time is left', async () => {
    let left = 100;
    const timed: SendLimits = { signal: new AbortController().signal, remainingMs: () => left };
    const { sink, seen } = sinkOver(
      () => {
        left = 0;
        return {};
      },
      { random: 0 },
    );
    expect(await sink.send(many(50), timed)).toMatchObject(many(50).map(() => ({ accepted: false })));
    expect(seen.calls.length).toBeLessThanOrEqual(4);
  });

  test.each([
    ['throttle', awsError('RequestThrottled', 400)],
    ['503', awsError('ServiceUnavailable', 503)],
    ['reset', Object.assign(new Error('r'), { code: 'ECONNRESET' })],
  ])('because of a %s is sent again as a whole', async (_title, error) => {
    const { sink, seen } = sinkOver((_, call) => {
      if (call <= 2) throw error;
    });
    expect(await sink.send(many(2), limits())).toEqual(accepted(2));
    expect(seen.calls).toEqual([
      ['0', '1'],
      ['0', '1'],
      ['0', '1'],
    ]);
  });

  test.each([
    ['QueueDoesNotExist', 400],
    ['AccessDenied', 403],
    ['InvalidClientTokenId', 403],
  ])('because of %s is refused at once', async (code, status) => {
    const { sink, seen } = sinkOver(() => {
      throw awsError(code, status);
    });
    expect(await sink.send(many(2), limits())).toMatchObject(
      many(2).map(() => ({ accepted: false, error: { code: 'sink-refused', message: expect.stringContaining(code) } })),
    );
    expect(seen.calls).toHaveLength(1);
  });
});

describe('a refused content', () => {
  test('goes once more in its smallest form, without a wait, and is then refused', async () => {
    const sent: SqsEntry[] = [];
    const { sink, seen } = sinkOver((entries) => {
      sent.push(...entries);
      return { Failed: entries.map(({ Id }) => failing(Id, true, 'InvalidMessageContents')) };
    });
    expect(await sink.send(many(1), limits())).toMatchObject([
      { accepted: false, error: { code: 'sink-refused', message: expect.stringContaining('InvalidMessageContents') } },
    ]);
    expect(sent.map(({ MessageAttributes }) => MessageAttributes !== undefined)).toEqual([true, false]);
    expect(sent.map(({ MessageBody }) => decodeEnvelope(MessageBody).error.stack !== undefined)).toEqual([true, false]);
    expect(seen.sleeps).toEqual([]);
  });

  test('that the smallest form cures is accepted, and its neighbours are sent once', async () => {
    const { sink, seen } = sinkOver((entries) => {
      const bad = entries.filter(({ Id, MessageAttributes }) => Id === '1' && MessageAttributes !== undefined);
      const good = entries.filter((entry) => !bad.includes(entry));
      return {
        Successful: good.map(({ Id }) => ({ Id })),
        Failed: bad.map(({ Id }) => failing(Id, true, 'InvalidMessageContents')),
      };
    });
    expect(await sink.send(many(3), limits())).toEqual(accepted(3));
    expect(seen.calls).toEqual([['0', '1', '2'], ['1']]);
  });

  test('of a whole call is found by halving; the others are stored', async () => {
    const { sink } = sinkOver((entries) => {
      if (entries.some(({ Id }) => Id === '6')) throw awsError('BatchRequestTooLong', 400);
    });
    const results = await sink.send(many(10), limits());
    expect(results.map((result) => result.accepted)).toEqual(many(10).map((_, position) => position !== 6));
    expect(results[6]).toMatchObject({ error: { message: expect.stringContaining('BatchRequestTooLong') } });
  });

  test('of a whole call that halves are small enough for costs nobody anything', async () => {
    const { sink, seen } = sinkOver((entries) => {
      if (entries.length > 3) throw awsError('BatchRequestTooLong', 400);
    });
    expect(await sink.send(many(10), limits())).toEqual(accepted(10));
    expect(seen.calls.at(-1)).toEqual(['8', '9']);
  });
});

describe('on a standard queue', () => {
  test('at most 4 calls are in flight, and a batch that waits holds up no other', async () => {
    let inFlight = 0;
    let most = 0;
    const { sink, seen } = sinkOver(async (_, call) => {
      most = Math.max(most, ++inFlight);
      await new Promise(setImmediate);
      inFlight--;
      return call === 1 ? {} : undefined;
    });
    expect(await sink.send(many(95), limits())).toEqual(accepted(95));
    expect(most).toBe(4);
    expect(seen.calls).toHaveLength(11);
  });
});

describe('on a FIFO queue', () => {
  const url = `${queueUrl}.fifo`;
  const lanes = (keys: string) => [...keys].map((partitionKey, position) => anEnvelope(position, {}, { partitionKey }));

  test("a group's next message goes only after the one before it was acknowledged", async () => {
    const { sink, seen } = sinkOver(
      (entries, call) =>
        call === 1
          ? { Successful: entries.slice(1).map(({ Id }) => ({ Id })), Failed: [failing('0', false)] }
          : undefined,
      { url },
    );
    expect(await sink.send(lanes('aabab'), limits())).toEqual(accepted(5));
    expect(seen.calls).toEqual([['0', '2'], ['0'], ['1', '4'], ['3']]);
  });

  test('behind a message that was not stored nothing of its group is sent', async () => {
    const { sink, seen } = sinkOver(
      (entries) => ({
        Successful: entries.filter(({ Id }) => Id !== '0').map(({ Id }) => ({ Id })),
        Failed: entries.filter(({ Id }) => Id === '0').map(({ Id }) => failing(Id, true, 'InvalidMessageContents')),
      }),
      { url },
    );
    const results = await sink.send(lanes('aabab'), limits());
    expect(results.map((result) => result.accepted)).toEqual([false, false, true, false, true]);
    expect(results[3]).toMatchObject({
      error: { code: 'sink-refused', message: expect.stringContaining('earlier message') },
    });
    expect(seen.calls.flat()).not.toContain('1');
  });

  test('records without a key are groups of their own', async () => {
    const { sink, seen } = sinkOver(() => undefined, { url });
    const keyless = many(3).map(({ origin: { partitionKey: _, ...origin }, ...rest }) => ({ ...rest, origin }));
    expect(await sink.send(keyless, limits())).toEqual(accepted(3));
    expect(seen.calls).toEqual([['0', '1', '2']]);
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
        abort.abort();
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
