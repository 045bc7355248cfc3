import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { expect, test } from '@jest/globals';
import { same } from '../../test/kit/types.ts';
import { type DynamoDBRecord, type KinesisStreamRecord, partialBatch } from '../index.ts';
import { observeWith } from './observe-with.ts';

const logger = new Logger();
const metrics = new Metrics({ namespace: 'shop' });

test('observeWith() takes the real Logger and Metrics, and is what partialBatch() observes with', () => {
  expect(partialBatch({ observe: observeWith({ logger, metrics, sampleRate: 0.1, majorityFrom: 3 }) })).toBeDefined();
  observeWith({ logger, correlationId: (record) => same<KinesisStreamRecord>(record).kinesis.partitionKey });
  observeWith({ logger, correlationId: (record: DynamoDBRecord) => record.dynamodb?.Keys?.id?.S });
});

test('wrong options do not compile', () => {
  // @ts-expect-error a metric set is no logger
  expect(() => observeWith({ logger: metrics })).toThrow('logger');
  // @ts-expect-error a logger has no metrics
  expect(() => observeWith({ metrics: logger })).toThrow('metrics');
  // @ts-expect-error a rate is a number
  expect(() => observeWith({ logger, sampleRate: '10%' })).toThrow('sampleRate');
  // @ts-expect-error an id is a string
  observeWith({ logger, correlationId: () => 1 });
  // @ts-expect-error there is no such option
  expect(() => observeWith({ logger, tracer: {} })).toThrow('tracer');
});
