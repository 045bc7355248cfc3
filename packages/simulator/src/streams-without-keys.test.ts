import { describe, expect, test } from '@jest/globals';
import type { QueuedMessage } from './aws/virtual-queues.ts';
import { matchers } from './matchers.ts';
import { type SimulateOptions, type SimulationResult, simulate } from './simulate.ts';
import type { SimulatedRecord } from './stream/simulated-stream.ts';

const handler = new URL('./streams-without-keys.fixture.ts', import.meta.url);
const mapping = { FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true } as const;
const poison = new Set([3, 4, 50, 99]);

interface Quarantined {
  readonly origin: { readonly sequenceNumber: string; readonly partitionKey?: string };
  readonly attempts: { readonly failed: number };
  readonly reason: string;
}

function quarantinedIn({ queues }: SimulationResult): (Quarantined & Pick<QueuedMessage, 'groupId'>)[] {
  return [...queues.values()].flat().map(({ body, groupId }) => ({ ...JSON.parse(body), groupId }));
}

const numbersOf = (records: readonly SimulatedRecord[]) => records.map(({ sequenceNumber }) => sequenceNumber).sort();

/** What has to be in the queue, and nothing else; everything else was processed. */
function demandExactly(simulation: SimulationResult, bad: readonly SimulatedRecord[]): void {
  expect(matchers.toLoseNothing(simulation)).toMatchObject({ pass: true });
  const quarantined = quarantinedIn(simulation);
  expect(quarantined.map(({ origin }) => origin.sequenceNumber).sort()).toEqual(numbersOf(bad));
  expect(quarantined.map(({ reason, attempts }) => [reason, attempts.failed])).toEqual(
    bad.map(() => ['attempts-exhausted', 2]),
  );
}

describe.each(['handler', 'batches'])('records without partition keys, %s', (exportName) => {
  test.each([
    ['one shard', {}, {}],
    ['four shards, and four lanes of each', { shards: 4 }, { ParallelizationFactor: 4 }],
  ])('are all done or in the queue, over %s', async (_where, stream, more) => {
    const options: SimulateOptions = {
      handler,
      exportName,
      records: Array.from({ length: 100 }, (_, n) => ({
        put: { data: JSON.stringify(poison.has(n) ? { kind: 'poison' } : {}), ...(n % 2 && { partitionKey: '' }) },
      })),
      stream,
      mapping: { ...mapping, ...more },
    };
    const simulation = await simulate(options);
    demandExactly(
      simulation,
      simulation.records.filter((_, n) => poison.has(n)).map(({ record }) => record),
    );
    const quarantined = quarantinedIn(simulation);
    expect(quarantined.filter(({ origin }) => 'partitionKey' in origin)).toEqual([]);
    // Each is a message group of its own: none waits for another's.
    expect(new Set(quarantined.map(({ groupId }) => groupId)).size).toBe(poison.size);
    if ('shards' in stream) expect(new Set(simulation.records.map(({ record }) => record.shardId)).size).toBe(4);
  });
});

describe('events from which a filter removed records', () => {
  test.each(['handler', 'batches'])('leave gaps that change nothing, %s', async (exportName) => {
    const simulation = await simulate({
      handler,
      exportName,
      records: Array.from({ length: 100 }, (_, n) => ({
        put: {
          partitionKey: `key ${n % 7}`,
          data: JSON.stringify({ wanted: n % 3 !== 1, ...(poison.has(n) && { kind: 'poison' }) }),
        },
      })),
      mapping: { ...mapping, FilterCriteria: { Filters: [{ Pattern: '{"data":{"wanted":[true]}}' }] } },
    });
    const fates = simulation.records.map(({ fate }) => fate);
    expect(fates).toEqual(fates.map((_, n) => (n % 3 === 1 ? 'filtered' : 'processed')));
    demandExactly(
      simulation,
      simulation.records.filter((_, n) => poison.has(n) && n % 3 !== 1).map(({ record }) => record),
    );
  });

  test('the same of a DynamoDB stream', async () => {
    const simulation = await simulate({
      handler,
      exportName: 'items',
      stream: { kind: 'dynamodb' },
      records: Array.from({ length: 100 }, (_, n) => {
        const Keys = { id: { S: `item ${n % 7}` } };
        if (n % 3 === 1) return { put: { eventName: 'REMOVE', Keys } };
        const NewImage = { ...Keys, ...(poison.has(n) && { kind: { S: 'poison' } }) };
        return { put: { eventName: 'MODIFY', Keys, NewImage } };
      }),
      mapping: { ...mapping, FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","MODIFY"]}' }] } },
    });
    expect(simulation.records.filter(({ fate }) => fate === 'filtered')).toHaveLength(33);
    demandExactly(
      simulation,
      simulation.records.filter((_, n) => poison.has(n) && n % 3 !== 1).map(({ record }) => record),
    );
    const groups = quarantinedIn(simulation).map(({ origin }) => origin.partitionKey);
    expect(groups).toEqual(groups.map(() => expect.stringContaining('item')));
  });
});
