import { Set } from '../../base/intrinsics.ts';
/** One invocation that runs records, beside others of its process (on Lambda Managed Instances). */
export interface Member {
  /** Something of it is in flight. */
  readonly busy: boolean;
  /** What it waited for may have come about. Whoever calls this is in the asynchronous context of another invocation. */
  wake(): void;
}

/** The invocations of one process, so that a suspect can run with nothing else in flight. */
export class Environment {
  /** Handlers that were timed out or cut off and have not settled, in whichever invocation. */
  zombies = 0;
  readonly #members = new Set<Member>();
  #soloist: Member | undefined;

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
  claim(member: Member): boolean {
    this.#soloist ??= member;
    return this.#soloist === member && this.#othersAreIdle();
  }

  release(member: Member): void {
    if (this.#soloist !== member) return;
    this.#soloist = undefined;
    for (const other of [...this.#members]) if (other !== member && this.#members.has(other)) other.wake();
  }

  /** Something of a member has ended. */
  idle(): void {
    if (this.#soloist !== undefined && this.#othersAreIdle()) this.#soloist.wake();
  }

  #othersAreIdle(): boolean {
    for (const member of this.#members) if (member !== this.#soloist && member.busy) return false;
    return true;
  }
}
