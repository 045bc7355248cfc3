import type { Clock } from './clock.ts';
import { UndamError } from './errors.ts';
import { Promise } from './intrinsics.ts';
import { InvocationMarks } from './invocation-marks.ts';
import type { Ledger, LedgerKey, Memories, Memory } from './ledger.ts';
import { readMemories } from './memories.ts';
import type { Emit } from './observe.ts';
import { isThenable } from './thenable.ts';
import type { Watch } from './watch.ts';

/** How long the ledger may take to answer before the handler starts: at most this, and this share of the time left. */
const recall = { mostMs: 1_000, share: 0.25 };

/** The bound of a ledger's write where no deadline is known. */
const rememberWithoutDeadlineMs = 30_000;

/** One invocation's way to its ledger: bounded, and without a way to fail the invocation. */
export class Recollection {
  readonly #ledger: Ledger;
  readonly #key: LedgerKey;
  readonly #clock: Clock;
  readonly #watch: Watch;
  readonly #emit: Emit;

  constructor(ledger: Ledger, key: LedgerKey, clock: Clock, watch: Watch, emit: Emit) {
    this.#ledger = ledger;
    this.#key = key;
    this.#clock = clock;
    this.#watch = watch;
    this.#emit = emit;
  }

  /** Hands over what is known; nothing, where the ledger cannot be read. At once, where the ledger answers at once. */
  recall(
    sequenceNumbers: readonly string[],
    deadline: number,
    recalled: (memories: Memories) => void,
  ): void | Promise<void> {
    const failed = (error: unknown): void => this.#emit({ type: 'ledger-failed', operation: 'recall', error });
    try {
      const answer = this.#ledger.recall(this.#key, sequenceNumbers);
      if (!isThenable(answer)) return recalled(readMemories(answer, sequenceNumbers));
      const now = this.#clock.now();
      const limit = now + Math.min(recall.mostMs, (deadline - now) * recall.share);
      return this.#within(answer, limit, 'the ledger did not answer')
        .then((memories) => recalled(readMemories(memories, sequenceNumbers)))
        .catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Opens the marks of this invocation. */
  mark(): InvocationMarks {
    const { mark } = this.#ledger;
    return new InvocationMarks(mark && (() => mark.call(this.#ledger, this.#key)), this.#emit);
  }

  /** Whether there is something to close where nothing is to be remembered. */
  get claims(): boolean {
    return this.#ledger.claims === true;
  }

  async remember(changes: ReadonlyMap<string, Memory | undefined>, respondBy: number): Promise<void> {
    try {
      const answer = this.#ledger.remember(this.#key, changes);
      if (!isThenable(answer)) return;
      const limit = Math.min(respondBy, this.#clock.now() + rememberWithoutDeadlineMs);
      await this.#within(answer, limit, 'the ledger did not acknowledge');
    } catch (error) {
      this.#emit({ type: 'ledger-failed', operation: 'remember', error });
    }
  }

  #within<T>(promise: PromiseLike<T>, limit: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#watch.at(limit, () => reject(new UndamError('too-slow', `${what} in the time it had`)));
      Promise.resolve(promise).then(resolve, reject).finally(cancel);
    });
  }
}
