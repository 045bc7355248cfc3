import { SendMessageBatchCommand, SQS, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { type SqsSender, type SqsSinkOptions, sqsSink } from './index.ts';
import { sqsClientSettings, sqsSettings } from './options.ts';

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';
const client = new SQSClient({ region: 'eu-west-1' });

describe('sqsSink() refuses', () => {
  test.each<[string, object, string]>([
    [
      'no queue',
      {},
      "queueUrl: expected a queue's URL, such as https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine, got undefined",
    ],
    ['a queue by its name', { queueUrl: 'quarantine' }, "queueUrl: expected a queue's URL"],
    ['a queue by its ARN', { queueUrl: 'arn:aws:sqs:eu-west-1:111122223333:q' }, "queueUrl: expected a queue's URL"],
    ['a URL without a queue', { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/' }, "queueUrl: expected a queue's URL"],
    ['an unknown key', { queueUrl, queue: 1 }, 'unknown option "queue"; expected queueUrl, client, load, endpoint'],
    [
      'a client that cannot send',
      { queueUrl, client: {} },
      'client: expected an object with send() or sendMessageBatch(), got an object',
    ],
    ['a word for when to load', { queueUrl, load: 'cold' }, 'load: expected "lazy" or "init", got "cold"'],
    [
      'an endpoint that is no URL',
      { queueUrl, endpoint: 'localhost' },
      'endpoint: expected an http(s) URL, got "localhost"',
    ],
    [
      'no time to answer',
      { queueUrl, requestTimeoutMs: 0 },
      'requestTimeoutMs: expected a whole number from 1 to 900,000, got 0',
    ],
    [
      'more than SQS takes',
      { queueUrl, maxMessageBytes: 1_048_577 },
      'maxMessageBytes: expected a whole number from 1,024 to 1,048,576',
    ],
    ['a client beside a region', { queueUrl, client, region: 'eu-west-1' }, 'region: expected it without client'],
    [
      'a client beside an endpoint',
      { queueUrl, client, endpoint: 'http://127.0.0.1' },
      'endpoint: expected it without client',
    ],
    [
      'a client beside a time-out',
      { queueUrl, client, requestTimeoutMs: 1 },
      'requestTimeoutMs: expected it without client',
    ],
  ])('%s', (_title, options, message) => {
    expect(() => sqsSink(options as SqsSinkOptions)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(`undam: sqsSink(): ${message}`) }),
    );
  });
});

test('any client of the SDK fits, and undefined is an absent option', () => {
  expect(() => sqsSink({ queueUrl, client })).not.toThrow();
  expect(() => sqsSink({ queueUrl, client: new SQS({ region: 'eu-west-1' }) })).not.toThrow();
  const sendMessageBatch: SqsSender['sendMessageBatch'] = (input, options) =>
    client.send(new SendMessageBatchCommand(input), options);
  expect(() => sqsSink({ queueUrl, client: { sendMessageBatch } })).not.toThrow();
  expect(() => sqsSink({ queueUrl, client, region: undefined } as unknown as SqsSinkOptions)).not.toThrow();
});

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/1/q.fifo', true],
  ['https://sqs.eu-west-1.amazonaws.com/1/q.fifo?x=1', true],
  ['https://sqs.eu-west-1.amazonaws.com/1/fifo', false],
])('%s is a FIFO queue: %s', (url, fifo) => {
  expect(sqsSettings({ queueUrl: url })).toStrictEqual({ queueUrl: url, fifo, maxMessageBytes: 1_048_576 });
});

test.each<[string, object]>([
  ['https://sqs.eu-west-1.amazonaws.com/1/q', { region: 'eu-west-1' }],
  ['https://sqs.us-gov-west-1.amazonaws.com/1/q', { region: 'us-gov-west-1' }],
  ['https://sqs-fips.us-east-1.amazonaws.com/1/q', { region: 'us-east-1' }],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/q', { region: 'cn-north-1' }],
  ['https://sqs.ap-southeast-2.api.aws/1/q', { region: 'ap-southeast-2' }],
  ['https://vpce-0a-1b.sqs.eu-west-3.vpce.amazonaws.com/1/q', { region: 'eu-west-3' }],
  ['https://eu-west-1.queue.amazonaws.com/1/q', { region: 'eu-west-1' }],
  ['https://queue.amazonaws.com/1/q', {}],
  ['http://127.0.0.1:9324/1/q', { endpoint: 'http://127.0.0.1:9324' }],
  ['http://localhost:4566/1/q', { endpoint: 'http://localhost:4566' }],
  ['https://sqs.eu-west-1.amazonaws.com.example/1/q', { endpoint: 'https://sqs.eu-west-1.amazonaws.com.example' }],
])('the client for %s follows the URL', (url, where) => {
  expect(sqsClientSettings({ queueUrl: url })).toStrictEqual({
    ...where,
    connectionTimeoutMs: 500,
    requestTimeoutMs: 1_000,
  });
});

test('an option of the user for the client wins', () => {
  const said = { endpoint: 'http://127.0.0.1:1', region: 'eu-north-1', connectionTimeoutMs: 1, requestTimeoutMs: 2 };
  expect(sqsClientSettings({ queueUrl, ...said })).toStrictEqual(said);
});
