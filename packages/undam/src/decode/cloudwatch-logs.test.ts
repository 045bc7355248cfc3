import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { GuardedFunction } from '../../test/kit/guarded-function.ts';
import { kinesisRecord } from '../../test/kit/stream.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { type CloudWatchLogsMessage, cloudWatchLogs } from './index.ts';

const message: CloudWatchLogsMessage = {
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/aws/lambda/orders',
  logStream: '2026/11/24/[$LATEST]0123456789abcdef',
  subscriptionFilters: ['to-stream'],
  logEvents: [
    { id: '3888', timestamp: 1_700_000_000_123, message: 'ERROR card 4111' },
    { id: '3889', timestamp: 1_700_000_000_124, message: '127.0.0.1 GET', extractedFields: { ip: '127.0.0.1' } },
  ],
};

const control: CloudWatchLogsMessage = {
  messageType: 'CONTROL_MESSAGE',
  owner: 'CloudwatchLogs',
  logGroup: '',
  logStream: '',
  subscriptionFilters: [],
  logEvents: [{ id: '', timestamp: 1_700_000_000_000, message: 'Checking health of destination Kinesis stream.' }],
};

function recordOf(value: unknown, sequenceNumber = '1') {
  const record = kinesisRecord(sequenceNumber);
  record.kinesis.data = gzipSync(JSON.stringify(value)).toString('base64');
  return record;
}

describe('cloudWatchLogs()', () => {
  test.each([
    ['log events', message],
    ['a control message', control],
    ['what CloudWatch Logs adds', { ...message, policyLevel: 'ACCOUNT_LEVEL_POLICY', later: 1 }],
    ['no events', { ...message, logEvents: [] }],
  ])('decodes %s', (_name, value) => {
    expect(cloudWatchLogs()(recordOf(value))).toEqual(value);
  });

  test.each([
    ['another type of message', { ...message, messageType: 'OTHER' }],
    ['no owner', { ...message, owner: undefined }],
    ['no log group', { ...message, logGroup: 7 }],
    ['no filters', { ...message, subscriptionFilters: null }],
    ['no events', { ...message, logEvents: undefined }],
    ['an event that is none', { ...message, logEvents: [null] }],
    ['an event without its time', { ...message, logEvents: [{ id: '1', message: 'card 4111' }] }],
    ['a list', [message]],
    ['null', null],
    ['text', 'card 4111'],
  ])('%s is undecodable, and is not quoted', (_name, value) => {
    expect(() => cloudWatchLogs()(recordOf(value))).toThrow(
      expect.objectContaining({ code: 'undecodable', message: expect.not.stringContaining('4111') }),
    );
  });

  test('JSON that is not compressed is undecodable, and so is more than maxBytes', () => {
    const plain = kinesisRecord('1', { data: JSON.stringify(message) });
    expect(() => cloudWatchLogs()(plain)).toThrow(expect.objectContaining({ code: 'undecodable' }));
    const record = recordOf(message);
    expect(() => cloudWatchLogs({ maxBytes: 100 })(record)).toThrow(expect.objectContaining({ code: 'undecodable' }));
    expect(() => cloudWatchLogs({ maxBytes: 0 })).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });

  test('control messages reach the handler, and other payloads are quarantined at once', async () => {
    const lines: string[] = [];
    const fn = new GuardedFunction(
      (_record, { decoded }) => {
        const { messageType, logEvents } = decoded as CloudWatchLogsMessage;
        if (messageType === 'DATA_MESSAGE') lines.push(...logEvents.map((event) => event.message));
      },
      { decode: cloudWatchLogs(), quarantine: { attempts: 5 } },
    );
    const Records = [recordOf(control, '1'), recordOf({ messageType: 'x' }, '2'), recordOf(message, '3')];
    expect(reportedIn(await fn.deliverEvent({ Records }))).toEqual([]);
    expect(lines).toEqual(['ERROR card 4111', '127.0.0.1 GET']);
    expect(fn.sink.stored.map(({ reason, origin }) => [reason, origin.sequenceNumber])).toEqual([['undecodable', '2']]);
  });
});
