import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../src/base/errors.ts';
import type { ObservedInvocation } from '../../src/observe/events.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { kinesisEvent } from '../kit/stream.ts';

describe('an observer', () => {
  test('gets the invocation of an event: one object, its ids, and its records', async () => {
    const seen: ObservedInvocation[] = [];
    const fn = new GuardedFunction(() => Promise.reject(new PermanentError('never')), {
      observe: (_event, invocation) => void seen.push(invocation),
    });
    const event = kinesisEvent('a');
    const context = { ...fn.lambda.context(), awsRequestId: 'request-1', functionName: 'orders' };
    await fn.lambda.invoke(fn.chain, event, context);
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatchObject({
      requestId: 'request-1',
      functionName: 'orders',
      eventSourceArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s',
      shardId: 'shardId-000000000000',
    });
    expect(seen[0]!.record(0)).toBe(event.Records[0]);
    expect(seen[0]!.record(1)).toBeUndefined();
  });

  test('gets each of two invocations side by side with its own events', async () => {
    const seen: [string, string | undefined][] = [];
    const fn = new GuardedFunction(({ kinesis }) => Promise.reject(new PermanentError(kinesis.sequenceNumber)), {
      observe: (event, { requestId }) => {
        if (event.type === 'quarantined') seen.push([event.record.sequenceNumber, requestId]);
      },
    });
    const context = (awsRequestId: string) => ({ ...fn.lambda.context(), awsRequestId });
    await Promise.all([
      fn.lambda.invoke(fn.chain, kinesisEvent('a'), context('first')),
      fn.lambda.invoke(fn.chain, kinesisEvent('b'), context('second')),
    ]);
    expect(seen.toSorted()).toEqual([
      ['a', 'first'],
      ['b', 'second'],
    ]);
  });
});
