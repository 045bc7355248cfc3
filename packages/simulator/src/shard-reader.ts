import type { _Record, KinesisClient } from '@aws-sdk/client-kinesis';
import { ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import type { ShardRecord } from './kinesis-event.ts';

/** Reads one shard from its oldest record on. */
export interface ShardReader {
  /** The next records in shard order, at most `limit`; none when there are none at present. */
  read(limit: number): Promise<ShardRecord[]>;
}

/** A reader at `TRIM_HORIZON`. An iterator that expired is replaced by one behind the last record read. */
export function openShard(client: KinesisClient, streamName: string, shardId: string): ShardReader {
  let iterator: string | undefined;
  let last: string | undefined;

  async function freshIterator(): Promise<string | undefined> {
    const place =
      last === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last } as const);
    const command = new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ...place });
    return (await client.send(command)).ShardIterator;
  }

  async function read(limit: number): Promise<ShardRecord[]> {
    iterator ??= await freshIterator();
    try {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }));
      iterator = answer.NextShardIterator;
      const records = (answer.Records ?? []).map((record) => shardRecord(record, shardId));
      last = records.at(-1)?.sequenceNumber ?? last;
      return records;
    } catch (error) {
      if (!(error instanceof ExpiredIteratorException)) throw error;
      iterator = undefined;
      return read(limit);
    }
  }

  return { read };
}

function shardRecord(record: _Record, shardId: string): ShardRecord {
  return {
    shardId,
    sequenceNumber: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    data: record.Data ?? new Uint8Array(),
    approximateArrivalTimestamp: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}
