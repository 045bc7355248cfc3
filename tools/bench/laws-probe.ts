/** Plays one run of the soak without faults, with all laws checked, and prints its figures, in a process of its own. */
import { play } from '../soak/run/run.ts';
import type { Scenario } from '../soak/scenario/scenario.ts';

const [batchSize = '100', count = '10000'] = process.argv.slice(2);

const scenario = (records: number): Scenario => ({
  seed: 1,
  shards: 4,
  retentionMs: 86_400_000,
  timeoutMs: 60_000,
  mapping: {
    BatchSize: Number(batchSize),
    ParallelizationFactor: 1,
    MaximumBatchingWindowInSeconds: 0,
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: true,
  },
  guard: {
    handler: 'eachRecord',
    order: 'key',
    concurrency: 32,
    attempts: 3,
    retry: 'redelivery',
    reserveMs: 1_000,
    recordMs: 0,
    reports: 'every',
  },
  records: Array.from({ length: records }, (_, index) => ({
    key: index % 1_000,
    at: 0,
    ms: 0,
    nature: 'ok',
    steps: [],
  })),
  faults: [],
  sitesOn: [],
  healsAtMs: 1e9,
  healsAtInvocation: 1e9,
});

await play(scenario(2_000)); // The measurement is of compiled code.
const startedAt = performance.now();
const { deliveries, violation } = await play(scenario(Number(count)));
const ms = performance.now() - startedAt;
if (violation) throw new Error(`${violation.law}: ${violation.problem}`);
if (deliveries !== Number(count)) throw new Error(`expected ${count} deliveries, got ${deliveries}`);
console.log(JSON.stringify({ deliveries, ms }));
