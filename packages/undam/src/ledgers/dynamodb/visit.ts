import { Map, Promise, Set } from '../../base/intrinsics.ts';
import type { LedgerKey } from '../ledger.ts';
import type { Found, OpenClaim } from './item.ts';

/** The ledger's state for one invocation. */
export interface Visit {
  /** Settles when no `recall` is in flight. */
  recalling: Promise<unknown>;
  batch: readonly string[];
  claims: OpenClaim[];
  /** The item as `recall` read it, for the first write. */
  found: Found | undefined;
  /** True if the local ledger knows the records that died, which overrules claims. */
  exact: boolean;
  /** The local ledger's failure, until reported. */
  localFailure: { readonly error: unknown } | undefined;
  /** Names of the claims that `recall` counted as deaths. */
  dead: ReadonlySet<string>;
  /** Deaths that `recall` derived from claims alone, by id. */
  charged: ReadonlyMap<string, number>;
  /** Names of other invocations' answers that `recall` counted as lost. */
  lost: ReadonlySet<string>;
  /** Names of this invocation's answers: one for each call that announced one. */
  answers: string[];
  /** Names of this process's earlier answers on the item, which have left. */
  earlierAnswers: readonly string[];
  /** The latest of `answers`, which counts. */
  answer: string | undefined;
}

/** The visits of all invocations, by the key object that an invocation's calls share. */
export class Visits {
  readonly #visits = new WeakMap<LedgerKey, Visit>();

  of(key: LedgerKey): Visit {
    const known = this.#visits.get(key);
    if (known !== undefined) return known;
    const visit: Visit = {
      recalling: Promise.resolve(),
      batch: [],
      claims: [],
      found: undefined,
      exact: false,
      localFailure: undefined,
      dead: new Set(),
      charged: new Map(),
      lost: new Set(),
      answers: [],
      earlierAnswers: [],
      answer: undefined,
    };
    this.#visits.set(key, visit);
    return visit;
  }
}

/** True if the invocation has claimed a batch. */
export function isClaiming({ batch, claims }: Pick<Visit, 'batch' | 'claims'>): boolean {
  return claims.length > 0 && batch.length > 0;
}

/** Reports the local ledger's failure, once. */
export function throwFailure(visit: Visit): void {
  const { localFailure } = visit;
  visit.localFailure = undefined;
  if (localFailure !== undefined) throw localFailure.error;
}
