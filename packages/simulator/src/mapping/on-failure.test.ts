import { describe, expect, test } from '@jest/globals';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';

const failing = async (): Promise<never> => {
  throw new Error('expected');
};

function run(Destination: string | undefined, more: Partial<SimulationOptions> = {}) {
  return runSimulation(new VirtualTime(), {
    createHandler: () => failing,
    records: [{ put: { partitionKey: 'key', data: 'payload' } }],
    mapping: { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { ...(Destination && { Destination }) } } },
    ...more,
  });
}

describe('what goes to OnFailure', () => {
  test('documented: to a queue, metadata only', async () => {
    const { onFailure } = await run('arn:aws:sqs:us-east-1:000000000000:failed');
    expect(onFailure).toEqual([
      {
        requestContext: {
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:simulated',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 1,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: '2025-01-01T00:00:00.200Z',
        KinesisBatchInfo: {
          shardId: 'shardId-000000000000',
          startSequenceNumber: expect.stringMatching(/^\d{56}$/),
          endSequenceNumber: expect.stringMatching(/^\d{56}$/),
          approximateArrivalOfFirstRecord: '2025-01-01T00:00:00.000Z',
          approximateArrivalOfLastRecord: '2025-01-01T00:00:00.000Z',
          batchSize: 1,
          streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/simulated',
        },
      },
    ]);
  });

  test('documented: to a bucket, the event beside it as an escaped text', async () => {
    const { onFailure } = await run('arn:aws:s3:::failed');
    const { Records } = JSON.parse(onFailure[0]!.payload!) as { Records: { kinesis: { data: string } }[] };
    expect(Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString())).toEqual(['payload']);
  });

  test('documented: to a FIFO queue nothing, and the records are gone', async () => {
    const simulation = await run('arn:aws:sqs:us-east-1:000000000000:failed.fifo');
    expect(simulation.onFailure).toEqual([]);
    expect(simulation.destinationDeliveryFailures).toBe(1);
    expect(simulation.records.map(({ fate }) => fate)).toEqual(['discarded']);
  });

  test('recorded: of a DynamoDB stream whole seconds, and the report knows the shard', async () => {
    const put = { eventName: 'INSERT', Keys: { id: { S: 'a' } } } as const;
    const more = { stream: { kind: 'dynamodb' }, records: [{ atMs: 1_500, put }] } as const;
    const { onFailure, invocations } = await run(undefined, more);
    expect(onFailure[0]).not.toHaveProperty('KinesisBatchInfo');
    expect(onFailure[0]!.DDBStreamBatchInfo).toMatchObject({
      shardId: 'shardId-000000000000',
      approximateArrivalOfFirstRecord: '2025-01-01T00:00:01Z',
    });
    expect(invocations.map(({ shardId }) => shardId)).toEqual(['shardId-000000000000']);
  });
});
