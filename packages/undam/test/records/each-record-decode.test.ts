import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../src/base/errors.ts';
import { json } from '../../src/decode/index.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { likePromise, withOwnThen } from '../kit/thenable.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('decode', () => {
  test.each([
    ['at once', (data: string) => data.toUpperCase()],
    ['later', (data: string) => Promise.resolve(data.toUpperCase())],
    ['with a thenable', (data: string) => likePromise(Promise.resolve(data.toUpperCase()))],
    ['with a promise that has a `then` of its own', (data: string) => withOwnThen(Promise.resolve(data.toUpperCase()))],
  ])('that answers %s is what the handler gets as decoded', async (_when, decode) => {
    const seen: unknown[] = [];
    const fn = new GuardedFunction((_record, { decoded }) => void seen.push(decoded), {
      decode: ({ kinesis }) => decode(kinesis.sequenceNumber),
    });
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(seen).toEqual(['A', 'B']);
  });

  test('runs before each attempt, and only for records that start', async () => {
    const decoded: string[] = [];
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === 'a1') throw new Error('poison');
      },
      { decode: ({ kinesis }) => void decoded.push(kinesis.sequenceNumber) },
    );
    await fn.deliver('a1', 'a2', 'b1');
    await fn.deliver('a1', 'a2', 'b1');
    expect(decoded).toEqual(['a1', 'b1', 'a1', 'a2']);
  });

  test('without decode, decoded is undefined', async () => {
    const seen: unknown[] = [];
    await new GuardedFunction((_record, attempt) => void seen.push('decoded' in attempt, attempt.decoded)).deliver('a');
    expect(seen).toEqual([true, undefined]);
  });

  test.each([
    ['an ordinary error', new Error('flaky'), 2, 'attempts-exhausted'],
    ['a SyntaxError of its own', new SyntaxError('Unexpected token'), 2, 'attempts-exhausted'],
    ['a PermanentError', new PermanentError('never'), 1, 'undecodable'],
  ] as const)('that throws %s', async (_name, error, deliveries, reason) => {
    const fn = new GuardedFunction(() => {}, { decode: () => Promise.reject(error) });
    for (let delivery = 1; delivery <= deliveries; delivery++) {
      expect(reportedIn(await fn.deliver('a'))).toEqual(delivery < deliveries ? ['a'] : []);
    }
    expect(fn.sink.stored.map((envelope) => [envelope.reason, envelope.stage])).toEqual([[reason, 'decode']]);
    expect(fn.starts).toEqual([]);
  });

  test('that ends in the last turn of a record whose time has ended is too late: the handler is not called', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => {}, {
      timeBudget: { recordMs: 2_000 },
      decode: ({ kinesis }) => fn.lambda.clock.sleep(kinesis.sequenceNumber === 'a' ? 2_000.5 : 1_999),
    });
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    expect(fn.starts).toEqual(['b']);
  });

  test('that hangs is timed out like a handler, and its record is never taken for done', async () => {
    const fn: GuardedFunction = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'b' ? fn.lambda.clock.sleep(1_000) : undefined),
      {
        timeBudget: { recordMs: 2_000 },
        decode: ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? new Promise(() => {}) : undefined),
      },
    );
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(fn.sink.stored.map(({ reason, stage }) => [reason, stage])).toEqual([['timed-out', 'decode']]);
  });

  test('that answers after its time does not make a record done that no handler saw', async () => {
    const fn: GuardedFunction = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? undefined : fn.lambda.clock.sleep(500)),
      {
        timeBudget: { recordMs: 600 },
        decode: ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? fn.lambda.clock.sleep(800) : undefined),
      },
    );
    const reported = reportedIn(await fn.deliver('a', 'b', 'c', 'd'));
    expect(fn.starts).not.toContain('a');
    expect(reported).toContain('a');
  });

  test('that answers just as the budget ends does not make a record done that no handler saw', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => {}, {
      decode: () => fn.lambda.clock.sleep(4_000),
    });
    const reported = reportedIn(await fn.deliver('a', 'b'));
    expect(['a', 'b'].filter((number) => !reported.includes(number) && !fn.starts.includes(number))).toEqual([]);
  });
});

describe('json()', () => {
  const secret = 'card 4111-1111';

  test.each([
    ['broken JSON', `{"customer": "${secret}`],
    ['no JSON', secret],
    ['nothing', ''],
    ['a byte order mark', `\ufeff{"customer": "${secret}"`],
  ])('%s is quarantined at once as undecodable, and no event or error shows it', async (_name, data) => {
    const fn = new GuardedFunction(() => {}, { decode: json(), quarantine: { attempts: 5 } });
    const ending = await fn.deliverEvent({
      Records: [kinesisRecord('a', { data }), kinesisRecord('b', { data: '1' })],
    });
    expect(reportedIn(ending)).toEqual([]);
    expect(fn.starts).toEqual(['b']);
    const [envelope] = fn.sink.stored;
    expect([envelope!.reason, envelope!.stage]).toEqual(['undecodable', 'decode']);
    expect(Buffer.from(envelope!.data, 'base64').toString()).toBe(data);
    expect(JSON.stringify(envelope!.error)).not.toContain('4111');
    const events = fn.events.map((event) => ({ ...event, error: String('error' in event ? event.error : '') }));
    expect(JSON.stringify(events)).not.toContain('4111');
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', how: 'undecodable' }));
  });
});
