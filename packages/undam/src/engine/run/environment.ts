import { Set } from '../../base/intrinsics.ts';

/** One invocation that runs records, beside others of its process (on Lambda Managed Instances). */
export interface Participant {
  /** True while one of its handlers is in flight. */
  readonly isBusy: boolean;
  /** The number of its abandoned handlers that have not settled. Only the environment writes it. */
  zombies: number;
  /** Its turn may have come. Called in the asynchronous context of another invocation. */
  wake(): void;
}

/** The invocations of one process. Lets a suspect run with nothing else in flight. */
export class Environment {
  #zombies = 0;
  readonly #participants = new Set<Participant>();
  #soloist: Participant | undefined;
  /** True while an invocation runs a suspect alone, or is about to. Only the environment writes it. */
  isReserved = false;

  /**
   * The number of handlers, of all invocations, that timed out or were cut off and have not settled: beside them no record runs
   * alone.
   */
  get zombies(): number {
    return this.#zombies;
  }

  join(participant: Participant): void {
    this.#participants.add(participant);
  }

  leave(participant: Participant): void {
    this.#participants.delete(participant);
    this.release(participant);
    this.idle();
  }

  /** True if it may start nothing, because another invocation runs a suspect alone. */
  mustWait(participant: Participant): boolean {
    return this.#soloist !== undefined && this.#soloist !== participant;
  }

  /** Keeps the others from starting anything. True once none of their handlers is in flight; until then they wake the caller. */
  reserve(participant: Participant): boolean {
    this.#soloist ??= participant;
    this.isReserved = true;
    return this.#soloist === participant && this.#othersAreIdle();
  }

  release(participant: Participant): void {
    if (this.#soloist !== participant) return;
    this.#soloist = undefined;
    this.isReserved = false;
    for (const other of [...this.#participants])
      if (other !== participant && this.#participants.has(other)) other.wake();
  }

  /** A handler of the invocation is abandoned. */
  giveUp(participant: Participant): void {
    this.#zombies++;
    participant.zombies++;
  }

  /** An abandoned handler has settled. */
  settled(participant: Participant): void {
    this.#zombies--;
    participant.zombies--;
  }

  /** A handler has ended. */
  idle(): void {
    if (this.#soloist !== undefined && this.#othersAreIdle()) this.#soloist.wake();
  }

  #othersAreIdle(): boolean {
    for (const participant of this.#participants) if (participant !== this.#soloist && participant.isBusy) return false;
    return true;
  }
}
