import { Set } from '../../base/intrinsics.ts';

/** One invocation that runs records, beside others of its process (on Lambda Managed Instances). */
export interface Member {
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
  readonly #members = new Set<Member>();
  #soloist: Member | undefined;
  /** True while an invocation runs a suspect alone, or is about to. Only the environment writes it. */
  isReserved = false;

  /**
   * The number of handlers, of all invocations, that timed out or were cut off and have not settled: beside them no record runs
   * alone.
   */
  get zombies(): number {
    return this.#zombies;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
    this.release(member);
    this.idle();
  }

  /** True if it may start nothing, because another invocation runs a suspect alone. */
  mustWait(member: Member): boolean {
    return this.#soloist !== undefined && this.#soloist !== member;
  }

  /** Keeps the others from starting anything. True once none of their handlers is in flight; until then they wake the caller. */
  reserve(member: Member): boolean {
    this.#soloist ??= member;
    this.isReserved = true;
    return this.#soloist === member && this.#othersAreIdle();
  }

  release(member: Member): void {
    if (this.#soloist !== member) return;
    this.#soloist = undefined;
    this.isReserved = false;
    for (const other of [...this.#members]) if (other !== member && this.#members.has(other)) other.wake();
  }

  /** A handler of the invocation is abandoned. */
  giveUp(member: Member): void {
    this.#zombies++;
    member.zombies++;
  }

  /** An abandoned handler has settled. */
  settled(member: Member): void {
    this.#zombies--;
    member.zombies--;
  }

  /** A handler has ended. */
  idle(): void {
    if (this.#soloist !== undefined && this.#othersAreIdle()) this.#soloist.wake();
  }

  #othersAreIdle(): boolean {
    for (const member of this.#members) if (member !== this.#soloist && member.isBusy) return false;
    return true;
  }
}
