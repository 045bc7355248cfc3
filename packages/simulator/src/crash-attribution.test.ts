import { describe, expect, test } from '@jest/globals';
import { type SimulationResult, simulate } from './simulate.ts';

const attempts = 3;
const killerAt = 17;
const orders = 40;

/** One shard with a record that ends the process among healthy ones, for ten minutes at most. */
function runWith(exportName: string, killer: string): Promise<SimulationResult> {
  const records = Array.from({ length: orders }, (_, index) => ({
    put: { partitionKey: `customer ${index % 8}`, data: index === killerAt ? killer : `order ${index}` },
  }));
  return simulate({
    handler: new URL('./crash-attribution.fixture.ts', import.meta.url),
    exportName,
    records,
    mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumBatchingWindowInSeconds: 1 },
    untilMs: 600_000,
  });
}

function quarantined({ queues }: SimulationResult): string[][] {
  const bodies = [...queues.values()].flat().map(({ body }) => JSON.parse(body) as { reason: string; data: string });
  return bodies.map(({ reason, data }) => [reason, Buffer.from(data, 'base64').toString()]);
}

describe('a record that ends its process whenever it is started', () => {
  test.each([
    // With the default ledger, which is the file ledger as in Lambda.
    ['eachByDefault', 'exit'],
    ['wholeByDefault', 'exit'],
    ['splitByDefault', 'exit'],
    ['eachOnDisk', 'kill'],
    ['wholeOnDisk', 'kill'],
    ['splitOnDisk', 'kill'],
    // Until Lambda's own time-out ends the process.
    ['eachOnDisk', 'hang'],
    ['wholeOnDisk', 'hang'],
    ['splitOnDisk', 'hang'],
  ])('%s, %s: is found out, and everybody else is processed', async (exportName, killer) => {
    const simulation = await runWith(exportName, killer);
    expect(quarantined(simulation)).toEqual([['crashed', killer]]);
    const dids = simulation.did.map(({ id }) => String(id));
    expect(dids.filter((id) => id === `${killer} started`).length).toBeLessThanOrEqual(attempts + 2);
    expect(new Set(dids.filter((id) => id.endsWith(' booked'))).size).toBe(orders - 1);
    expect(simulation.records.map(({ fate }) => fate)).toEqual(Array(orders).fill('processed'));
  });

  test('is found out in the same way every time, on every version of Node', async () => {
    const story = async (): Promise<string> => {
      const { invocations, did, endedMs } = await runWith('eachByDefault', 'exit');
      return JSON.stringify([invocations, did, endedMs]);
    };
    const first = await story();
    expect(await story()).toBe(first);
    const ends = (JSON.parse(first) as [{ end: string }[]])[0].map(({ end }) => end);
    // Twice among others, once alone behind them, and then as the first record of its batch until it has N charges.
    const [crashed, response] = ['crashed', 'response'];
    expect(ends).toEqual([crashed, crashed, crashed, response, crashed, crashed, response]);
  });
});
