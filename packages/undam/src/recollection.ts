import type { Clock } from './clock.ts';
import { UndamError } from './errors.ts';
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

/** Records that an event names: an event is a line in a log, which has 256 KB at most. */
const namedMost = 100;

const forgottenAwait =
  'the process died behind its answer, which was lost: something that a handler started was not awaited, as @typescript-eslint/no-floating-promises finds';

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
    const read = (answer: Memories): void => recalled(this.#withoutLostAnswer(readMemories(answer, sequenceNumbers)));
    try {
      const answer = this.#ledger.recall(this.#key, sequenceNumbers);
      if (!isThenable(answer)) return read(answer);
      const now = this.#clock.now();
      const limit = now + Math.min(recall.mostMs, (deadline - now) * recall.share);
      return this.#within(answer, limit, 'the ledger did not answer').then(read).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Tells of a process that died with its answer; what is remembered of its records from now on is not news any more. */
  #withoutLostAnswer(memories: Memories): Memories {
    const lost = [...memories].filter(([, { answered }]) => answered === true);
    if (lost.length === 0) return memories;
    const sequenceNumbers = lost.slice(0, namedMost).map(([sequenceNumber]) => sequenceNumber);
    this.#emit({ type: 'died-after-answer', records: lost.length, sequenceNumbers, problem: forgottenAwait });
    return new Map([...memories].map(([sequenceNumber, { answered: _, ...memory }]) => [sequenceNumber, memory]));
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

  /** @param passed what the answer passes, where there is to be one */
  async remember(
    changes: ReadonlyMap<string, Memory | undefined>,
    passed: readonly string[] | undefined,
    respondBy: number,
  ): Promise<void> {
    try {
      const answer = this.#ledger.remember(this.#key, changes, passed);
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
