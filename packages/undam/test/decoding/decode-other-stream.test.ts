import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  cloudWatchLogs,
  dynamodbChange,
  gzipJson,
  images,
  json,
  newImage,
  oldImage,
  schema,
} from '../../src/decode/index.ts';
import { dynamodbRecord, kinesisRecord } from '../kit/stream.ts';

const anything = z.unknown();

test.each([
  ['json()', json()],
  ['gzipJson()', gzipJson()],
  ['cloudWatchLogs()', cloudWatchLogs()],
  ['dynamodbChange()', dynamodbChange()],
  ['schema()', schema(anything)],
  ['schema() with a decoder', schema(anything, dynamodbChange())],
])('%s takes no DynamoDB Streams record for an empty one, and names who decodes it', (_name, decode) => {
  const decoded = () => decode(dynamodbRecord('1', 'a') as never);
  expect(decoded).toThrow(expect.objectContaining({ code: 'bad-record' }));
  expect(decoded).toThrow('images() decodes those');
});

test.each([
  ['images()', images()],
  ['newImage()', newImage()],
  ['oldImage()', oldImage()],
  ['schema() of an image', schema(anything, newImage())],
])('%s takes no Kinesis record for an empty change, and names who decodes it', (_name, decode) => {
  const decoded = () => decode(kinesisRecord('1') as never);
  expect(decoded).toThrow(expect.objectContaining({ code: 'bad-record' }));
  expect(decoded).toThrow('dynamodbChange() decodes');
});
