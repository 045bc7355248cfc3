import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamodbLedger } from '../../src/ledgers/dynamodb/index.ts';
import { deliver, type Story, type Told } from '../kit/dynamodb-deliveries.ts';
import { kinesisNumbers, seeded } from '../kit/dynamodb-kinesis-numbers.ts';
import { useTable } from '../kit/dynamodb-table.ts';

const table = useTable();

/** Every delivery reaches a new environment, which shares only the table with the one before. */
async function tell(story: Story): Promise<Told & { readonly left: unknown }> {
  const key = table.nextKey();
  const { client } = table;
  const told = await deliver(story, key, () => dynamodbLedger({ tableName: table.name, client, claims: true }));
  return { ...told, left: await table.server.itemOf(table.name, key) };
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

  test.each(cases)('%s of %d, %s: is passed in time, and no other record is charged', async (_where, size, how, at) => {
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

test('over any deaths and failures, exactly the killers are charged for deaths, and every record runs or is quarantined', async () => {
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
      // A death from outside while a healthy record is alone is charged: the table cannot tell them apart.
      for (const { number, crashed } of told.quarantined)
        if (!killers.has(number)) expect(crashed).toBeLessThanOrEqual(killed.length);
      for (const { number } of told.quarantined) expect(killers.has(number) || failing.has(number)).toBe(true);
      for (const record of records) expect(told.starts.get(record)).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});
