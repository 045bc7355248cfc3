import { describe, expect, test } from '@jest/globals';
import { mappingDefaults } from 'undam/mapping';
import { kinesisSource } from '../stream/kinesis-source.ts';
import { VirtualStream } from '../stream/virtual-stream.ts';
import { type MappingAction, MappingMachine } from './event-source-mapping.ts';
import type { SourceRecord } from './ports.ts';

const nothing = (): void => undefined;
const atOnce = { childShardAfterMs: 0 };
const source = kinesisSource({ streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' });

function newMachine(settings: object, assumptions: object = {}): MappingMachine<never> {
  return new MappingMachine({
    mapping: { ...mappingDefaults, StartingPosition: 'TRIM_HORIZON', ...settings },
    source: source as never,
    observer: { passed: nothing, discarded: nothing },
    newRequestId: () => 'request',
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
      expect(await readAll(newMachine(settings, atOnce), stream)).toEqual([`0 ${type}`, `1 ${type}`, `2 ${type}`]);
    },
  );

  test('documented: a shard that comes later is read from its beginning', async () => {
    const stream = newStream();
    const machine = newMachine({ StartingPosition: 'LATEST' }, atOnce);
    expect(await readAll(machine, stream)).toEqual(['0 LATEST']);
    stream.splitShard('shardId-000000000000');
    expect(await readAll(machine, stream, 1_000)).toEqual(['0 LATEST', '1 TRIM_HORIZON', '2 TRIM_HORIZON']);
  });

  test('recorded: the children of a shard wait for its end, and some seconds longer', async () => {
    const stream = newStream();
    const machine = newMachine({});
    stream.splitShard('shardId-000000000000');
    expect(await readAll(machine, stream)).toEqual(['0 TRIM_HORIZON']);
    expect(await readAll(machine, stream, 7_999)).toEqual([]);
    expect(machine.next(7_999)).toBe(8_000);
    expect(await readAll(machine, stream, 8_000)).toEqual(['1 TRIM_HORIZON', '2 TRIM_HORIZON']);
  });

  test('recorded: a shard that was merged from two waits for both', async () => {
    const stream = newStream();
    const [first = '', second = ''] = stream.splitShard('shardId-000000000000');
    const machine = newMachine({}, { childShardAfterMs: 0 });
    expect(await readAll(machine, stream)).toEqual(['0 TRIM_HORIZON', '1 TRIM_HORIZON', '2 TRIM_HORIZON']);
    stream.put('any');
    stream.mergeShards(first, second);
    const pages = new Set<string>();
    for (let now = 1_000; now < 4_000; now += 1_000) {
      for (const read of await readAll(machine, stream, now)) pages.add(read.slice(0, 1));
      if (pages.has('3')) break;
    }
    expect(pages).toContain('3');
  });
});
