import type { Site } from '../faults/sites.ts';
import type { StreamKind } from './stream-kinds.ts';

/** One step of the handler, at one start on a record. Times are virtual milliseconds. */
export interface Step {
  /**
   * `slow` succeeds after `ms`, `polite` too unless its signal is aborted before; `hang` never settles; `block` keeps the
   * event loop still for `ms`; `stray` succeeds and leaves a promise that rejects after `ms`. `unreadable` and `opaque`
   * are for handlers of whole batches: an answer that says nothing, and a throw that names no record. `outage` says that
   * the fault is not the record's.
   */
  readonly does:
    | 'throw'
    | 'permanent'
    | 'outage'
    | 'hang'
    | 'slow'
    | 'polite'
    | 'block'
    | 'crash'
    | 'stray'
    | 'unreadable'
    | 'opaque';
  readonly ms: number;
  readonly site: Site;
}

/** The behaviour of a record once its steps are used up or everything has healed. */
export type Nature = 'ok' | 'throw' | 'permanent' | 'hang' | 'crash';

/** The decoder's plan for a record; without one it answers at once. */
export interface Decoding {
  /** How long it takes when nothing goes wrong. */
  readonly ms: number;
  readonly nature: Nature;
  /** By start; then its nature shows. */
  readonly steps: readonly Step[];
}

export interface PlannedRecord {
  readonly key: number;
  /** When it is put. */
  readonly at: number;
  /** How long the handler takes for it when nothing goes wrong. */
  readonly ms: number;
  readonly nature: Nature;
  /** By start; then its nature shows. */
  readonly steps: readonly Step[];
  readonly decoding?: Decoding;
  /** On a stream that is read by enhanced fan-out: the KPL aggregate that it is a user record of, with those put beside it. */
  readonly unit?: number;
  /** It has key and data of the record before it in its unit. */
  readonly isTwin?: boolean;
}

/** One firing of a site that does not belong to a record. */
export interface Fault {
  readonly site: Site;
  /** The call that it meets, from 0 (of the sink, of the ledger, of the function), or the virtual milliseconds of the run. */
  readonly at: number;
  readonly ms: number;
}

export interface MappingPlan {
  readonly BatchSize: number;
  readonly ParallelizationFactor: number;
  readonly MaximumBatchingWindowInSeconds: number;
  readonly MaximumRetryAttempts: number;
  readonly MaximumRecordAgeInSeconds: number;
  readonly BisectBatchOnFunctionError: boolean;
}

export interface GuardPlan {
  readonly handler: 'eachRecord' | 'wholeBatch' | 'splitOnError';
  /** A `StreamProcessor` takes the place of `eachRecord()`. */
  readonly isProcessor?: boolean;
  /** The `decode` of `eachRecord()`: whether it answers with promises. */
  readonly decoder?: 'sync' | 'async';
  readonly order: 'key' | 'shard' | 'none';
  readonly concurrency: number;
  readonly attempts: number;
  readonly retry: 'redelivery' | { readonly baseMs: number; readonly capMs: number };
  readonly reserveMs: number;
  /** 0: none. */
  readonly recordMs: number;
  /** The failures that the handler of a whole batch reports, and declares to report. */
  readonly reports: 'first' | 'every';
  /** @default memory */
  readonly ledger?: 'memory' | 'file' | 'table';
  /** Each invocation leaves a claim in the table. */
  readonly claims?: boolean;
  /** The ledger in the table has one on the disk beside it. */
  readonly hasLocal?: boolean;
  /** All processes of the function have one disk, as on Managed Instances. */
  readonly sharesDisk?: boolean;
  /** Another function keeps its memory of the same records beside ours. */
  readonly hasNeighbour?: boolean;
  /** The handler in `wholeBatch()` throws for its call instead of reporting. */
  readonly isAllOrNothing?: boolean;
  /** A handler that stops at its first failure also names the records that it has not reached. */
  readonly reportsRest?: boolean;
}

/**
 * Reads a scenario as a violation prints it.
 *
 * @throws where the text is none
 */
export function readScenario(text: string): Scenario {
  const scenario: unknown = JSON.parse(text);
  const parts = ['seed', 'shards', 'timeoutMs', 'mapping', 'guard', 'records', 'faults', 'healsAtMs'];
  const missing = parts.filter((part) => (scenario as Record<string, unknown> | null)?.[part] === undefined);
  if (missing.length === 0) return scenario as Scenario;
  throw new Error(`expected a scenario as a violation prints it, got one without ${missing.join(', ')}`);
}

/** One run in full: a run is a function of its scenario alone. */
export interface Scenario {
  readonly seed: number;
  /** @default kinesis */
  readonly stream?: StreamKind;
  readonly shards: number;
  readonly retentionMs: number;
  readonly timeoutMs: number;
  readonly mapping: MappingPlan;
  readonly guard: GuardPlan;
  readonly records: readonly PlannedRecord[];
  readonly faults: readonly Fault[];
  /** Sites that may fire in this run. */
  readonly sitesOn: readonly Site[];
  /** When everything heals, at the latest. */
  readonly healsAtMs: number;
  /** The invocation at which everything heals, at the latest. */
  readonly healsAtInvocation: number;
}
