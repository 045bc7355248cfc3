import fc from 'fast-check';

/** What the handler does at one start on a record. `ms` is virtual time. */
export interface Step {
  /**
   * `ok` and `throw` after `ms`, whatever the signal says; `polite` would succeed after `ms` but rejects when its signal
   * is aborted; `hang` never settles; `block` keeps the event loop still for `ms`, then succeeds.
   */
  readonly does: 'ok' | 'throw' | 'permanent' | 'outage' | 'polite' | 'hang' | 'block';
  readonly ms: number;
  /** How long the decoder takes before; it answers at once where this is absent. */
  readonly decodeMs?: number | undefined;
}

export interface ScriptedRecord {
  readonly key: string | undefined;
  /** By start; the last one repeats. */
  readonly steps: readonly Step[];
}

/** What a sink does at one call. */
export type SinkStep = 'accept' | 'refuse' | 'reject' | 'hang' | 'partly' | 'answer-lost' | 'slow';

/** What a ledger does at one call. */
export type LedgerStep = 'works' | 'throws' | 'rejects' | 'hangs' | 'slow';

export interface Scenario {
  readonly records: readonly ScriptedRecord[];
  readonly order: 'key' | 'shard' | 'none';
  readonly concurrency: number;
  readonly attempts: number;
  readonly retry: 'redelivery' | { readonly baseMs: number; readonly capMs: number };
  readonly timeoutMs: number;
  readonly reserveMs: number;
  readonly recordMs: number | undefined;
  /** By call; afterwards everything works. */
  readonly sink: readonly SinkStep[];
  readonly ledger: readonly LedgerStep[];
  /** Seeds the back-off's jitter. */
  readonly seed: number;
}

/** A record that never fails by itself, and is quick enough for every budget below. */
export function isHealthy({ steps }: ScriptedRecord): boolean {
  return steps.every(({ does, ms, decodeMs }) => does === 'ok' && ms <= 20 && decodeMs === undefined);
}

const healthy = fc.record({ does: fc.constant('ok' as const), ms: fc.integer({ min: 0, max: 20 }) });

const troubled: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constantFrom('ok', 'throw', 'throw', 'polite' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 60, max: 3_000 })),
    decodeMs: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined, freq: 4 }),
  }),
  fc.record({ does: fc.constantFrom('permanent', 'outage', 'hang' as const), ms: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ does: fc.constant('block' as const), ms: fc.integer({ min: 1, max: 400 }) }),
);

const record: fc.Arbitrary<ScriptedRecord> = fc.record({
  key: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined, freq: 8 }),
  steps: fc.oneof(
    { weight: 3, arbitrary: fc.array(healthy, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(fc.oneof(troubled, healthy), { minLength: 1, maxLength: 4 }) },
  ),
});

/** Batches, handlers, sinks and ledgers of every temper. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 10 }),
  order: fc.constantFrom('key', 'key', 'shard', 'none'),
  concurrency: fc.integer({ min: 1, max: 5 }),
  attempts: fc.integer({ min: 1, max: 4 }),
  retry: fc.oneof(
    fc.constant('redelivery' as const),
    fc.record({ baseMs: fc.integer({ min: 0, max: 100 }), capMs: fc.integer({ min: 100, max: 300 }) }),
  ),
  timeoutMs: fc.integer({ min: 1_600, max: 4_000 }),
  reserveMs: fc.integer({ min: 300, max: 1_000 }),
  recordMs: fc.option(fc.integer({ min: 30, max: 500 }), { nil: undefined }),
  sink: fc.array(fc.constantFrom('accept', 'refuse', 'reject', 'hang', 'partly', 'answer-lost', 'slow'), {
    maxLength: 6,
  }),
  ledger: fc.array(fc.constantFrom('works', 'works', 'throws', 'rejects', 'hangs', 'slow'), { maxLength: 6 }),
  seed: fc.integer(),
});
