import { Set } from '../../base/intrinsics.ts';
import { Zombies } from './zombies.ts';

/** One invocation that runs records, beside others of its process (on Lambda Managed Instances). */
export interface Participant {
  /** True while one of its handlers is in flight. */
  readonly isBusy: boolean;
  /** Its turn may have come. Called in the asynchronous context of another invocation. */
  wake(): void;
}

/** The invocations of one process. Lets a suspect run with nothing else in flight. */
export class Environment {
  readonly zombies: Zombies = new Zombies();
  readonly #participants = new Set<Participant>();
  #soloist: Participant | undefined;
  /** True while an invocation runs a suspect alone, or is about to. Only the environment writes it. */
  isReserved = false;

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

  /** A handler has ended. */
  idle(): void {
    if (this.#soloist !== undefined && this.#othersAreIdle()) this.#soloist.wake();
  }

  #othersAreIdle(): boolean {
    for (const participant of this.#participants) if (participant !== this.#soloist && participant.isBusy) return false;
    return true;
  }
}
