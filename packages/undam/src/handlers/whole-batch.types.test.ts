import { expect, test } from '@jest/globals';
import type * as Lambda from 'aws-lambda';
import { fits } from '../../test/kit/types.ts';
import {
  type BatchHandler,
  type DynamoDBRecord,
  type KinesisStreamRecord,
  splitOnError,
  wholeBatch,
} from '../index.ts';

test('a batch handler that may answer nothing does not compile, and the compiler names splitOnError()', () => {
  const nothing = async (): Promise<void> => {};
  const perhaps: () => ReturnType<Lambda.KinesisStreamHandler> = async () => {};
  const silent = [
    // @ts-expect-error it answers nothing
    wholeBatch(nothing),
    // @ts-expect-error it may answer nothing
    wholeBatch(perhaps),
    // @ts-expect-error the same, not async
    wholeBatch(({ Records }) => void Records.length),
    // @ts-expect-error null is no answer either
    wholeBatch(() => null),
    // @ts-expect-error also with a type for the record
    wholeBatch<DynamoDBRecord>(async () => {}),
  ];
  fits<Parameters<typeof wholeBatch<KinesisStreamRecord, Promise<void>>>[0], `${string} splitOnError()${string}`>();
  const answering = [
    wholeBatch(() => Promise.reject(new Error('opaque'))),
    wholeBatch(() => {
      throw new Error('opaque');
    }),
    wholeBatch(async (): Promise<unknown> => ({ batchItemFailures: [] })),
    wholeBatch(() => JSON.parse('{ "batchItemFailures": [] }')),
    wholeBatch<DynamoDBRecord>(({ Records }) => Promise.allSettled(Records)),
  ];
  const named: BatchHandler<KinesisStreamRecord> = async () => ({ batchItemFailures: [] });
  expect([...silent, ...answering, wholeBatch(named), splitOnError(nothing)]).toHaveLength(12);
});
