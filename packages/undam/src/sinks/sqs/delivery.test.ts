import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { anEnvelope, many } from '../../../test/kit/envelope.ts';
import { awsError, failing, queueUrl, sinkOver } from '../../../test/kit/fake-sdk.ts';
import { accepted, limits } from '../../../test/kit/sink-contract.ts';
import { decodeEnvelope } from '../../envelope/decode.ts';
import type { SendLimits } from '../sink.ts';
import type { SqsEntry } from './client.ts';

describe('an envelope without acknowledgement', () => {
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

  test.each([0, 0.5])('is refused after 20 tries in a row without a limit of time (random: %s)', async (random) => {
    const endless: SendLimits = { signal: new AbortController().signal, remainingMs: () => Infinity };
    const { sink, seen } = sinkOver(
      () => {
        throw awsError('ServiceUnavailable', 503);
      },
      { random },
    );
    expect(await sink.send(many(2), endless)).toMatchObject(
      [1, 2].map(() => ({ accepted: false, error: { message: expect.stringContaining('ServiceUnavailable') } })),
    );
    expect(seen.calls).toHaveLength(20);
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

test('an envelope that fits the queue in no form is refused as too large, and the others are sent', async () => {
  const { sink, seen } = sinkOver(() => undefined);
  const huge = anEnvelope(2, { data: randomBytes(1_100_000).toString('base64') });
  const results = await sink.send([anEnvelope(1), huge, anEnvelope(3)], limits());
  expect(results[0]).toEqual({ accepted: true });
  expect(results[1]).toMatchObject({ accepted: false, reason: 'too-large', error: { code: 'sink-refused' } });
  expect(results[2]).toEqual({ accepted: true });
  expect(seen.calls).toEqual([['0', '2']]);
});

test('a refusal for another reason has none', async () => {
  const { sink } = sinkOver((entries) => ({
    Failed: entries.map(({ Id }) => failing(Id, true, 'InvalidMessageContents')),
  }));
  expect((await sink.send(many(1), limits()))[0]).not.toHaveProperty('reason');
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

  test('of a whole call whose halves are small enough costs no envelope', async () => {
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
