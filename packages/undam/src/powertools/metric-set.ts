import type { InvocationEnded, ObservedInvocation } from '../observe/events.ts';
import { type MetricName, metricMetadata, metricUnits, reasonMetrics, streamDimension } from '../observe/names.ts';
import { streamName } from './stream-name.ts';

/** What we use of Powertools' `Metrics`: each invocation gets an instance of its own from it, and it is left as it is. */
export interface MetricsLike {
  singleMetric(): MetricSetLike;
}

/** What we use of the instance that is ours. */
export interface MetricSetLike {
  setDefaultDimensions(dimensions: Record<string, string>): unknown;
  addMetadata(key: string, value: string): unknown;
  addMetric(name: string, unit: 'Count' | 'Milliseconds' | 'Percent', value: number): unknown;
  /** Not in the first versions of Powertools 2. */
  hasStoredMetrics?(): boolean;
  publishStoredMetrics(): unknown;
}

/** Publishes one set for an invocation, under the namespace and default dimensions that `metrics` has by then. */
export function publish(metrics: MetricsLike, ended: InvocationEnded, invocation: ObservedInvocation): void {
  const set = collecting(metrics.singleMetric());
  set.setDefaultDimensions({ [streamDimension]: streamName(invocation.eventSourceArn) });
  for (const key of metricMetadata) {
    const value = invocation[key];
    if (value) set.addMetadata(key, value);
  }
  for (const [name, value] of Object.entries(valuesOf(ended)))
    if (value !== undefined) set.addMetric(name, metricUnits[name as MetricName], value);
  for (const [reason, count] of Object.entries(ended.quarantined))
    set.addMetric(reasonMetrics[reason as keyof typeof reasonMetrics], 'Count', count);
  if (set.hasStoredMetrics?.() !== false) set.publishStoredMetrics();
}

/**
 * An instance of its own that keeps what it is given until it is told to publish: the shared one is the user's, and to
 * publish it would take the user's metrics, dimensions and metadata with it. Where the flag is not known any more, each
 * metric gets a line of its own, which says the same.
 */
function collecting(single: MetricSetLike): MetricSetLike {
  return Object.assign(single, { isSingleMetric: false });
}

function valuesOf(ended: InvocationEnded): Record<MetricName, number | undefined> {
  const { outcomes, budgetUsedShare } = ended;
  return {
    Records: ended.records,
    RecordsDone: outcomes.done,
    RecordsQuarantined: outcomes.quarantined,
    RecordsFailed: outcomes.failed,
    RecordsDeferred: outcomes.deferred,
    RecordsHeld: outcomes.held,
    AttemptsStarted: ended.attemptsStarted,
    AttemptsFailed: ended.attemptsFailed,
    DecodeFailures: ended.decodeFailures,
    SinkFailures: ended.sinkFailures,
    LedgerFailures: ended.ledgerFailures,
    Suspects: ended.suspects,
    Zombies: ended.zombies,
    InvocationsFailed: ended.responded ? 0 : 1,
    BudgetUsed: ended.budgetUsedMs,
    BudgetUsedShare: budgetUsedShare === undefined ? undefined : Math.round(budgetUsedShare * 1_000) / 10,
    OldestRecordAge: ended.oldestRecordAgeMs,
  };
}
