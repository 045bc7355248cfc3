import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import type { LedgerKey } from '../../src/ledgers/ledger.ts';
import { deliver, type Story, type Told } from '../kit/dynamodb-deliveries.ts';
import { kinesisNumbers, seeded } from '../kit/dynamodb-kinesis-numbers.ts';
import { startTableServer, type TableServer } from '../kit/dynamodb-server.ts';

let server: TableServer;
let tableName: string;
beforeAll(async () => {
  server = await startTableServer();
  tableName = await server.createTable();
});
afterAll(() => server.close());

let shards = 0;
const nextKey = (): LedgerKey => ({ functionArn: 'f', eventSourceArn: 's', shardId: `shard-${++shards}` });

/** Every delivery finds a new environment: nothing but the table is left of the one before. */
async function tell(story: Story): Promise<Told & { readonly left: unknown }> {
  const key = nextKey();
  const { client } = server;
  const told = await deliver(story, key, () => dynamodbLedger({ tableName, client, claims: true }));
  return { ...told, left: await server.itemOf(tableName, key) };
}

const attempts = 3;
const positions = { first: 0, middle: 0.5, last: 1 };

describe('a killer whose environment is gone each time', () => {
  const sizes = [1, 2, 10, 100];
  const cases = sizes.flatMap((size) =>
    Object.entries(positions).flatMap(([where, share]) =>
      [false, true].map(
        (bisect) => [where, size, bisect ? 'bisected' : 'whole', Math.round((size - 1) * share)] as const,
      ),
    ),
  );

  test.each(cases)('%s of %d, %s: is passed in time, and nobody else is charged', async (_where, size, how, at) => {
    const records = kinesisNumbers(size, seeded(size));
    const killer = records[at]!;
    const bisect = how === 'bisected';
    const told = await tell({ records, killers: new Set([killer]), bisect, attempts });
    expect(told.quarantined).toMatchObject([{ number: killer, crashed: attempts, failed: 0 }]);
    expect(told.quarantined[0]!.delivery).toBeLessThanOrEqual(attempts + Math.ceil(Math.log2(size)) + 2);
    for (const record of records) if (record !== killer) expect(told.starts.get(record)).toBeGreaterThan(0);
    expect(told.left).toBeUndefined();
  });
});

test('whatever dies and fails, exactly the killers are charged for deaths, and every record is run or quarantined', async () => {
  const flags = fc.array(fc.constantFrom('healthy', 'healthy', 'healthy', 'killer', 'failing'), {
    minLength: 1,
    maxLength: 24,
  });
  const story = fc.record({
    flags,
    killed: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
    bisect: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ flags, killed, bisect }) => {
      const records = kinesisNumbers(flags.length, seeded(flags.length));
      const which = (kind: string) => new Set(records.filter((_record, at) => flags[at] === kind));
      const [killers, failing] = [which('killer'), which('failing')];
      const told = await tell({ records, killers, failing, killed: new Set(killed), bisect, attempts: 4 });
      const crashed = told.quarantined.filter((each) => each.crashed > 0).map(({ number }) => number);
      for (const number of killers) expect(crashed).toContain(number);
      // A death from outside while one healthy record stood alone is charged: nothing that is left could tell.
      for (const { number, crashed } of told.quarantined)
        if (!killers.has(number)) expect(crashed).toBeLessThanOrEqual(killed.length);
      for (const { number } of told.quarantined) expect(killers.has(number) || failing.has(number)).toBe(true);
      for (const record of records) expect(told.starts.get(record)).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});
