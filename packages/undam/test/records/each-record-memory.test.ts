import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

describe('attempts', () => {
  test('are numbered on across deliveries and in place', async () => {
    const numbers: number[] = [];
    const inPlace = new GuardedFunction(
      (_record, { attempt }) => {
        numbers.push(attempt);
        throw new Error('poison');
      },
      { quarantine: { attempts: 4, retry: { baseMs: 1_500, capMs: 1_500 } } },
    );
    for (let delivery = 0; delivery < 3 && inPlace.sink.stored.length === 0; delivery++) await inPlace.deliver('a');
    expect(numbers).toEqual([1, 2, 3, 4]);
    expect(inPlace.sink.stored.map(({ attempts }) => attempts)).toEqual([
      { started: 4, failed: 4, timedOut: 0, crashed: 0 },
    ]);
  });

  test("with retry 'redelivery' there is one a delivery", async () => {
    const fn = new GuardedFunction(() => Promise.reject(new Error('poison')), { quarantine: { attempts: 3 } });
    const reported = [];
    for (let delivery = 0; delivery < 3; delivery++) reported.push(reportedIn(await fn.deliver('a')));
    expect(reported).toEqual([['a'], ['a'], []]);
    expect(fn.starts).toHaveLength(3);
  });

  test('started counts the starts that were given back, too', async () => {
    let delivery = 0;
    const fn = new GuardedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'a') return delivery === 0 ? new Promise(() => {}) : undefined;
      return delivery === 0 ? new Promise(() => {}) : Promise.reject(new Error('poison'));
    });
    await fn.deliver('a', 'b');
    for (delivery = 1; delivery < 4 && fn.sink.stored.length === 0; delivery++) await fn.deliver('a', 'b');
    expect(fn.sink.stored.map(({ origin, attempts }) => [origin.sequenceNumber, attempts])).toEqual([
      ['b', { started: 3, failed: 2, timedOut: 0, crashed: 0 }],
    ]);
  });

  test('without quarantine() a record fails for as long as it fails, one attempt a delivery', async () => {
    const { lambda } = new GuardedFunction(() => {});
    const attempts: number[] = [];
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ observe: () => {} }))
      .handler(
        eachRecord((_record, { attempt }) => {
          attempts.push(attempt);
          throw new Error('poison');
        }),
      );
    for (let delivery = 0; delivery < 4; delivery++) {
      expect(reportedIn(await lambda.invoke(chain as never, kinesisEvent('a')))).toEqual(['a']);
    }
    expect(attempts).toEqual([1, 2, 3, 4]);
  });
});

describe('memory', () => {
  test('records done behind the checkpoint do not run again, except in a deliberate replay of the batch', async () => {
    let works = false;
    const fn = new GuardedFunction(({ kinesis }) => {
      if (!works && kinesis.sequenceNumber === 'b') throw new Error('once');
    });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd'))).toEqual(['b']);
    works = true;
    fn.takeStarts();
    expect(reportedIn(await fn.deliver('b', 'c', 'd', 'e'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['b', 'e']);
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd', 'e'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('is lost if another middleware reports the record, also if it was done at an earlier delivery', async () => {
    const lambda = new VirtualLambda();
    const starts: string[] = [];
    let delivery = 0;
    const { partialBatch, quarantine, timeBudget } = lambda.middlewares;
    const chain = middy()
      .use(partialBatch({ observe: () => {} }))
      .use(quarantine({ sink: new StoringSink(), attempts: 5, retry: 'redelivery' }))
      .use(timeBudget())
      .after((request) => {
        if (delivery === 2) request.response = { batchItemFailures: [{ itemIdentifier: 'b' }] };
      })
      .handler(
        eachRecord<KinesisStreamRecord>(({ kinesis }) => {
          starts.push(kinesis.sequenceNumber);
          if (delivery === 1 && kinesis.sequenceNumber === 'a') throw new Error('once');
        }),
      );
    const deliver = async (...numbers: readonly string[]): Promise<readonly string[]> => {
      delivery++;
      starts.length = 0;
      return reportedIn(await lambda.invoke(chain as never, kinesisEvent(...numbers)));
    };
    expect(await deliver('a', 'b', 'c')).toEqual(['a']);
    expect(await deliver('a', 'b', 'c')).toEqual(['b']);
    expect(await deliver('b', 'c')).toEqual([]);
    expect(starts).toEqual(['b']);
  });

  test('outlasts the failed part, when bisect delivers the others in parts of their own', async () => {
    let works = false;
    const fn = new GuardedFunction(({ kinesis }) => {
      if (!works && kinesis.sequenceNumber === 'a') throw new Error('once');
    });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd'))).toEqual(['a']);
    works = true;
    fn.takeStarts();
    for (const part of [['a'], ['b'], ['c', 'd']]) expect(reportedIn(await fn.deliver(...part))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['a']);
    await fn.deliver('a', 'b', 'c', 'd');
    expect(fn.takeStarts()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is matched by exact sequence number, in any batch that Lambda makes', async () => {
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === 'b') throw new Error('poison');
      },
      { quarantine: { attempts: 9 } },
    );
    await fn.deliver('a', 'b', 'c', 'd', 'e');
    fn.takeStarts();
    expect(reportedIn(await fn.deliver('d', 'x', 'b', 'e'))).toEqual(['b']);
    expect(fn.takeStarts()).toEqual(['x', 'b']);
  });

  test.each([
    ['another shard', kinesisRecord('b', { shard: 'shardId-1' }), undefined],
    ['another stream', kinesisRecord('b', { stream: 'other' }), undefined],
    ['another function or alias', kinesisRecord('b'), 'arn:aws:lambda:eu-west-1:123456789012:function:f:blue'],
  ])('of %s is not shared', async (_whose, record, arn) => {
    const attempts: number[] = [];
    const fn = new GuardedFunction((_record, { attempt }) => {
      attempts.push(attempt);
      throw new Error('poison');
    });
    await fn.deliver('b');
    await fn.lambda.invoke(fn.chain, { Records: [record] }, fn.lambda.context(5_000, arn));
    expect(attempts).toEqual([1, 1]);
    expect(fn.sink.stored).toEqual([]);
  });

  test('a record that was tried twice in an invocation keeps its attempts when another middleware loses the response', async () => {
    const { lambda, sink } = new GuardedFunction(() => {});
    const attempts: number[] = [];
    let broken = true;
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .after(() => {
        if (broken) throw new Error('foreign');
      })
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, retry: { baseMs: 10 } }, observe: () => {} }))
      .handler(
        eachRecord((_record, { attempt }) => {
          attempts.push(attempt);
          if (attempt === 1) throw new Error('once');
        }),
      );
    await lambda.invoke(chain as never, kinesisEvent('a'));
    broken = false;
    await lambda.invoke(chain as never, kinesisEvent('a'));
    expect(attempts).toEqual([1, 2, 2]);
  });
});
