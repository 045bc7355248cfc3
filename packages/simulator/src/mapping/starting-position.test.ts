import { describe, expect, test } from '@jest/globals';
import { mappingDefaults } from 'undam/mapping';
import { kinesisSource } from '../stream/kinesis-source.ts';
import { VirtualStream } from '../stream/virtual-stream.ts';
import { type MappingAction, MappingMachine } from './event-source-mapping.ts';
import type { SourceRecord } from './ports.ts';

const nothing = (): void => undefined;
const source = kinesisSource({ streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' });

function newMachine(settings: object, assumptions: object = {}): MappingMachine<never> {
  return new MappingMachine({
    mapping: { ...mappingDefaults, StartingPosition: 'TRIM_HORIZON', ...settings },
    source: source as never,
    observer: { processed: nothing, discarded: nothing, expired: nothing, filtered: nothing },
    assumptions,
  });
}

/** Answers list and read actions of a machine from a stream until it waits; the reads in order. */
async function readAll(machine: MappingMachine<never>, stream: VirtualStream<SourceRecord, string>, now = 0) {
  const reads: string[] = [];
  for (let action = machine.next(now); typeof action !== 'number'; action = machine.next(now)) {
    reads.push(...(await answered(action, stream, now)));
  }
  return reads;
}

async function answered(
  action: MappingAction<never>,
  stream: VirtualStream<SourceRecord, string>,
  now: number,
): Promise<string[]> {
  if (action.kind === 'list-shards') {
    action.report(await stream.listShards(), now);
    return [];
  }
  if (action.kind !== 'read') throw new Error(`expected a read, got ${action.kind}`);
  const page = await stream.openShard(action.shardId, action.position).read(action.limit);
  action.report({ ...page, records: [] }, now);
  return [`${action.shardId.at(-1)} ${action.position.type}`];
}

function newStream(): VirtualStream<SourceRecord, string> {
  return new VirtualStream<SourceRecord, string>({
    kind: 'kinesis',
    shards: 1,
    retentionMs: 1_000,
    date: () => 0,
    recordOf: (_, place) => place,
    keyOf: (key) => key,
    bytesOf: () => 1,
  });
}

describe('the starting position', () => {
  test.each([{ StartingPosition: 'LATEST' }, { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 0 }])(
    'is that of every shard which is there at the start, children too: %j',
    async (settings) => {
      const stream = newStream();
      stream.splitShard('shardId-000000000000');
      const { StartingPosition: type } = settings;
      expect(await readAll(newMachine(settings), stream)).toEqual([`0 ${type}`, `1 ${type}`, `2 ${type}`]);
    },
  );

  test('documented: a shard that comes later is read from its beginning', async () => {
    const stream = newStream();
    const machine = newMachine({ StartingPosition: 'LATEST' });
    expect(await readAll(machine, stream)).toEqual(['0 LATEST']);
    stream.splitShard('shardId-000000000000');
    expect(await readAll(machine, stream, 1_000)).toEqual(['0 LATEST', '1 TRIM_HORIZON', '2 TRIM_HORIZON']);
  });

  test('assumed: the child of a Kinesis shard waits for its parents, or does not', async () => {
    const page = { records: [], millisBehindLatest: 5, closed: false };
    const firstReads = (machine: MappingMachine<never>): string[] => {
      const listing = machine.next(0) as MappingAction<never> & { kind: 'list-shards' };
      listing.report(
        [
          { shardId: 'parent', parentShardIds: [] },
          { shardId: 'child', parentShardIds: ['parent'] },
        ],
        0,
      );
      const reads: string[] = [];
      for (let step = 0; step < 2; step++) {
        const action = machine.next(0);
        if (typeof action === 'number' || action.kind !== 'read') break;
        reads.push(action.shardId);
        action.report({ ...page, millisBehindLatest: 0 }, 0);
      }
      return reads;
    };
    expect(firstReads(newMachine({}))).toEqual(['parent']);
    expect(firstReads(newMachine({}, { kinesisChildren: 'at-once' }))).toEqual(['parent', 'child']);
  });
});
