import type { InvocationEnded, ObservedInvocation } from '../observe/events.ts';
import { type MetricName, metricMetadata, metricUnits, reasonMetrics, streamDimension } from '../observe/names.ts';
import { streamName } from './stream-name.ts';

/**
 * The part of Powertools' `Metrics` that Undam uses: the factory of one instance per invocation. Nothing else of it is touched.
 */
export interface MetricsLike {
  singleMetric(): MetricSetLike;
}

/** The part of that instance that Undam uses. */
export interface MetricSetLike {
  setDefaultDimensions(dimensions: Record<string, string>): unknown;
  addMetadata(key: string, value: string): unknown;
  addMetric(name: string, unit: 'Count' | 'Milliseconds' | 'Percent', value: number): unknown;
  /** Absent from the first versions of Powertools 2. */
  hasStoredMetrics?(): boolean;
  publishStoredMetrics(): unknown;
}

/** Publishes one set of metrics for an invocation, under the current namespace and default dimensions of `metrics`. */
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
 * Makes a single-metric instance collect until it publishes. Publishing the shared instance would publish the user's metrics,
 * dimensions and metadata, too. If a later version ignores the flag, each metric gets its own line, with the same content.
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
