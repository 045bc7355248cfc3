import { describe, expect, test } from '@jest/globals';
import { matchers } from '../matchers.ts';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';
import { kplAggregate } from './kpl-aggregate.ts';

const consumerArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/simulated/consumer/mine:1';
const aggregateOf = (...texts: readonly string[]): Uint8Array =>
  kplAggregate(texts.map((text) => ({ partitionKey: `key of ${text}`, data: Buffer.from(text) })));
const put = (data: string | Uint8Array) => ({ put: { partitionKey: 'outer', data } });

interface Event {
  readonly Records: readonly {
    readonly eventID: string;
    readonly eventSourceARN: string;
    readonly kinesis: { readonly data: string; readonly sequenceNumber: string; readonly partitionKey: string };
  }[];
}

const textsOf = ({ Records }: Event): string[] =>
  Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());

async function run(more: Partial<SimulationOptions>, answer: (event: Event) => unknown = () => null) {
  const events: Event[] = [];
  const handler = async (event: Event): Promise<unknown> => {
    events.push(event);
    return answer(event);
  };
  const options = { createHandler: () => handler as never, records: [], stream: { consumerArn }, ...more };
  return { simulation: await runSimulation(new VirtualTime(), options), events };
}

/** Reports the number that all user records of an aggregate have. */
const failing = ({ Records }: Event) => ({
  batchItemFailures: Records.slice(0, 1).map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
});

describe('a mapping by enhanced fan-out', () => {
  test('recorded: names the consumer in its events and in OnFailure', async () => {
    const { simulation, events } = await run({ records: [put('a')], mapping: { MaximumRetryAttempts: 0 } }, () => {
      throw new Error('expected');
    });
    expect(events[0]!.Records[0]!.eventSourceARN).toBe(consumerArn);
    expect(simulation.onFailure[0]!.KinesisBatchInfo!.streamArn).toBe(consumerArn);
  });

  test('recorded: gets user records, each with a fate of its own and its own key', async () => {
    const { simulation, events } = await run({ records: [put('1'), put(aggregateOf('2', '3')), put('4')] });
    expect(textsOf(events[0]!)).toEqual(['1', '2', '3', '4']);
    expect(simulation.records.map(({ record }) => 'data' in record && record.partitionKey)).toEqual([
      'outer',
      'key of 2',
      'key of 3',
      'outer',
    ]);
    expect(matchers.toLoseNothing(simulation).pass).toBe(true);
  });

  test('cuts an aggregate where a batch is full, and a report names all of it by one number', async () => {
    const mapping = {
      BatchSize: 2,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 1,
    } as const;
    const { simulation, events } = await run({ records: [put(aggregateOf('1', '2', '3'))], mapping }, (event) =>
      textsOf(event).includes('1') ? failing(event) : null,
    );
    expect(events.map(textsOf)).toEqual([['1', '2'], ['1', '2'], ['3']]);
    expect(simulation.records.map(({ fate }) => fate)).toEqual(['discarded', 'discarded', 'processed']);
  });

  test('recorded: drops an aggregate of which one user record belongs elsewhere, and the matcher says so', async () => {
    const foreign = { partitionKey: 'any', explicitHashKey: String(2n ** 128n - 1n), data: Buffer.from('2') };
    const data = kplAggregate([{ partitionKey: 'any', explicitHashKey: '0', data: Buffer.from('1') }, foreign]);
    const records = [{ put: { partitionKey: 'any', explicitHashKey: '0', data } }];
    const { simulation, events } = await run({ records, stream: { shards: 2, consumerArn } });
    expect(events).toEqual([]);
    expect(matchers.toLoseNothing(simulation).message()).toMatch(/dropped \(a user record of its KPL aggregate/);
  });

  test('recorded: delivers a broken aggregate as it was written', async () => {
    const broken = aggregateOf('1').slice(0, -1);
    const { events } = await run({ records: [put(broken)] });
    expect(Buffer.from(events[0]!.Records[0]!.kinesis.data, 'base64')).toEqual(Buffer.from(broken));
  });

  test('recorded: filters see user records; on the shared iterator they drop the aggregate unread', async () => {
    const FilterCriteria = { Filters: [{ Pattern: '{"data":{"kind":["order"]}}' }] };
    const records = [put(aggregateOf('{"kind":"order"}', '{"kind":"note"}'))];
    const fanOut = await run({ records, mapping: { FilterCriteria } });
    expect(fanOut.simulation.records.map(({ fate }) => fate)).toEqual(['processed', 'filtered']);
    const shared = await run({ records, mapping: { FilterCriteria }, stream: {} });
    expect(shared.simulation.records.map(({ fate }) => fate)).toEqual(['unreadable']);
  });

  test('an aggregate ages until the last of its user records is passed', async () => {
    const options = { records: [put(aggregateOf('1', '2'))], sampleMs: 1_000, untilMs: 5_500 };
    const mapping = { BatchSize: 1 };
    const { simulation } = await run({ ...options, mapping }, (event) => {
      if (textsOf(event).includes('2')) throw new Error('expected');
    });
    expect(simulation.iteratorAge.map(({ ageMs }) => ageMs)).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(simulation.records.map(({ fate }) => fate)).toEqual(['processed', 'waiting']);
  });
});
