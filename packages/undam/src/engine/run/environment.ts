import { Set } from '../../base/intrinsics.ts';

/** One invocation that runs records, beside others of its process (on Lambda Managed Instances). */
export interface Member {
  /** A handler of it is in flight. */
  readonly isBusy: boolean;
  /** Its handlers that were given up and have not settled. Only the environment writes it. */
  zombies: number;
  /** Its turn may have come. The caller is in the asynchronous context of another invocation. */
  wake(): void;
}

/** The invocations of one process, so that a suspect can run with nothing else in flight. */
export class Environment {
  #zombies = 0;
  readonly #members = new Set<Member>();
  #soloist: Member | undefined;
  /** One of the invocations runs a suspect alone, or is about to. Only the environment writes it. */
  isReserved = false;

  /** Handlers of all invocations that were timed out or cut off and have not settled: beside them no record runs alone. */
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

  /** Whether it may start nothing, because another one runs alone. */
  mustWait(member: Member): boolean {
    return this.#soloist !== undefined && this.#soloist !== member;
  }

  /** Keeps the others from starting anything; true once nothing of theirs is in flight, and until then they wake it. */
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

  /** A handler of the member is left to itself. */
  giveUp(member: Member): void {
    this.#zombies++;
    member.zombies++;
  }

  /** A handler that was given up has settled. */
  settled(member: Member): void {
    this.#zombies--;
    member.zombies--;
  }

  /** A handler of a member has ended. */
  idle(): void {
    if (this.#soloist !== undefined && this.#othersAreIdle()) this.#soloist.wake();
  }

  #othersAreIdle(): boolean {
    for (const member of this.#members) if (member !== this.#soloist && member.isBusy) return false;
    return true;
  }
}
