import type { _Record, GetShardIteratorCommandInput, KinesisClient } from '@aws-sdk/client-kinesis';
import type { ReadPage, ShardCursor, ShardDescription, ShardPosition, StreamReader } from '../mapping/ports.ts';
import type { KinesisRecord } from '../stream/kinesis-source.ts';
import { kinesisSdk } from './kinesis-sdk.ts';

/** Reads a real stream, at AWS or at an emulator. */
export function kinesisReader(client: KinesisClient, streamName: string): StreamReader<KinesisRecord> {
  async function listShards(): Promise<ShardDescription[]> {
    const { ListShardsCommand } = kinesisSdk();
    const shards: ShardDescription[] = [];
    let next: string | undefined;
    do {
      const input = next === undefined ? { StreamName: streamName } : { NextToken: next };
      const answer = await client.send(new ListShardsCommand(input));
      for (const { ShardId = '', ParentShardId, AdjacentParentShardId } of answer.Shards ?? []) {
        const parents = [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined);
        shards.push({ shardId: ShardId, parentShardIds: parents });
      }
      next = answer.NextToken;
    } while (next !== undefined);
    return shards;
  }
  return { listShards, openShard: (shardId, position) => new KinesisCursor(client, streamName, shardId, position) };
}

/** Continues after the last record read once its iterator has expired (documented: after 5 minutes). */
class KinesisCursor implements ShardCursor<KinesisRecord> {
  readonly #client: KinesisClient;
  readonly #shardId: string;
  #place: Omit<GetShardIteratorCommandInput, 'ShardId'> & { StreamName: string };
  #iterator: string | undefined;
  #isClosed = false;

  constructor(client: KinesisClient, streamName: string, shardId: string, position: ShardPosition) {
    this.#client = client;
    this.#shardId = shardId;
    this.#place = { StreamName: streamName, ShardIteratorType: position.type };
    if (position.type === 'AT_TIMESTAMP') this.#place.Timestamp = new Date(position.timestamp);
  }

  async read(limit: number): Promise<ReadPage<KinesisRecord>> {
    if (this.#isClosed) return { records: [], millisBehindLatest: 0, closed: true };
    this.#iterator ??= await this.#freshIterator();
    try {
      return this.#page(await this.#getRecords(limit), limit);
    } catch (error) {
      if ((error as Error).name !== 'ExpiredIteratorException') throw error;
      this.#iterator = undefined;
      return this.read(limit);
    }
  }

  #getRecords(limit: number): Promise<KinesisAnswer> {
    const { GetRecordsCommand } = kinesisSdk();
    return this.#client.send(new GetRecordsCommand({ ShardIterator: this.#iterator, Limit: limit }));
  }

  #page(
    { Records = [], NextShardIterator, MillisBehindLatest }: KinesisAnswer,
    limit: number,
  ): ReadPage<KinesisRecord> {
    this.#iterator = NextShardIterator;
    this.#isClosed = NextShardIterator === undefined;
    const records = Records.map((record) => kinesisRecord(record, this.#shardId));
    const last = records.at(-1);
    if (last) {
      const { StreamName } = this.#place;
      const StartingSequenceNumber = last.sequenceNumber;
      this.#place = { StreamName, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber };
    }
    // Emulators answer 0 in the middle of a shard; a full page has more behind it.
    const isFull = records.length === limit;
    return { records, millisBehindLatest: isFull ? 1 : (MillisBehindLatest ?? 0), closed: this.#isClosed };
  }

  async #freshIterator(): Promise<string | undefined> {
    const { GetShardIteratorCommand } = kinesisSdk();
    const command = new GetShardIteratorCommand({ ...this.#place, ShardId: this.#shardId });
    return (await this.#client.send(command)).ShardIterator;
  }
}

interface KinesisAnswer {
  readonly Records?: readonly _Record[] | undefined;
  readonly NextShardIterator?: string | undefined;
  readonly MillisBehindLatest?: number | undefined;
}

function kinesisRecord(record: _Record, shardId: string): KinesisRecord {
  return {
    shardId,
    sequenceNumber: record.SequenceNumber ?? '',
    approximateArrivalTimestamp: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
    partitionKey: record.PartitionKey,
    data: record.Data ?? new Uint8Array(),
  };
}
