import { Map, Promise, Set } from '../../base/intrinsics.ts';
import type { LedgerKey } from '../ledger.ts';
import type { Found, OpenClaim } from './item.ts';

/** What the ledger keeps of one invocation between its calls. */
export interface Visit {
  /** Settles when no call of `recall` is under way any more. */
  recalling: Promise<unknown>;
  batch: readonly string[];
  claims: OpenClaim[];
  /** The item as `recall` found it, for the first write. */
  found: Found | undefined;
  /** The local ledger knows what died: claims say nothing. */
  exact: boolean;
  /** Why the local ledger did not answer, until somebody is told. */
  localFailure: { readonly error: unknown } | undefined;
  /** Names of the claims that `recall` took for dead. */
  dead: ReadonlySet<string>;
  /** Deaths that `recall` answered by claims alone, by id. */
  charged: ReadonlyMap<string, number>;
  /** Names of the answers of others that `recall` took for lost. */
  lost: ReadonlySet<string>;
  /** Names of the answers that this invocation has given, one for each time that it was told of one. */
  answers: string[];
  /** Names of those that this process had given before on the item, and which have left. */
  earlierAnswers: readonly string[];
  /** The one of them that counts: what it was told last. */
  answer: string | undefined;
}

/** The visits of invocations, each known by the key object that its calls share. */
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

/** Whether the invocation has claimed a batch. */
export function isClaiming({ batch, claims }: Pick<Visit, 'batch' | 'claims'>): boolean {
  return claims.length > 0 && batch.length > 0;
}

/** Tells once why the local ledger did not answer. */
export function throwFailure(visit: Visit): void {
  const { localFailure } = visit;
  visit.localFailure = undefined;
  if (localFailure !== undefined) throw localFailure.error;
}
