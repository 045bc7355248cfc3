import { describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const newFolder = temporaryFolders('keyless');

const keyless: readonly (readonly [string, (kinesis: { partitionKey?: unknown }) => void])[] = [
  ['empty', (kinesis) => Object.assign(kinesis, { partitionKey: '' })],
  ['null', (kinesis) => Object.assign(kinesis, { partitionKey: null })],
  ['not there', (kinesis) => void delete kinesis.partitionKey],
];

function eventOf(takeKey: (kinesis: { partitionKey?: unknown }) => void, ...numbers: string[]): KinesisStreamEvent {
  const Records = numbers.map((number) => kinesisRecord(number));
  for (const { kinesis } of Records) takeKey(kinesis);
  return { Records };
}

/** As long as those of Kinesis, with gaps as a filter leaves them. */
const numbers = ['49600000000000000001', '49600000000000000007', '49600000000000000050'] as const;
const [first, second, third] = numbers;

describe.each(keyless)('records whose partition key is %s', (_what, takeKey) => {
  test.each([
    ['in memory', () => memoryLedger()],
    ['on disk', () => fileLedger({ folder: newFolder() })],
  ])('are lanes of their own, remembered by their numbers %s', async (_where, makeLedger) => {
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === first) throw new Error('poison');
      },
      { ledger: makeLedger() },
    );
    expect(reportedIn(await fn.deliverEvent(eventOf(takeKey, ...numbers)))).toEqual([first]);
    expect(fn.takeStarts()).toEqual([first, second, third]);
    expect(reportedIn(await fn.deliverEvent(eventOf(takeKey, ...numbers)))).toEqual([]);
    expect(fn.takeStarts()).toEqual([first]);
    const [envelope] = fn.sink.stored;
    expect(envelope).toMatchObject({ reason: 'attempts-exhausted', attempts: { started: 2, failed: 2 } });
    expect(envelope!.origin).toMatchObject({ sequenceNumber: first, shardId: 'shardId-000000000000' });
    expect(envelope!.origin).not.toHaveProperty('partitionKey');
  });

  test('run side by side', async () => {
    let running = 0;
    let most = 0;
    const fn: GuardedFunction = new GuardedFunction(async () => {
      most = Math.max(most, ++running);
      await fn.lambda.clock.sleep(10);
      running--;
    });
    expect(reportedIn(await fn.deliverEvent(eventOf(takeKey, ...numbers)))).toEqual([]);
    expect(most).toBe(3);
  });

  test("keep the shard's order on request", async () => {
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === second) throw new Error('poison');
      },
      { order: 'shard' },
    );
    expect(reportedIn(await fn.deliverEvent(eventOf(takeKey, ...numbers)))).toEqual([second, third]);
    expect(fn.starts).toEqual([first, second]);
  });
});

test('of records with a key and without one in one batch, only those of a key wait for each other', async () => {
  const fn = new GuardedFunction(({ kinesis }) => {
    if (kinesis.sequenceNumber === '1') throw new Error('poison');
  });
  const Records = [
    kinesisRecord('1', { key: 'a' }),
    kinesisRecord('2', { key: '' }),
    kinesisRecord('3', { key: 'a' }),
    kinesisRecord('4', { key: '' }),
  ];
  expect(reportedIn(await fn.deliverEvent({ Records }))).toEqual(['1', '3']);
  expect(fn.starts).toEqual(['1', '2', '4']);
});
