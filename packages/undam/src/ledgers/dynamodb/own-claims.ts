import { Map } from '../../base/intrinsics.ts';

/** Names remembered of each kind. Beyond it the oldest are forgotten. */
const maxNames = 1_000;
/** Names in one claim, at about 20 bytes each, in an item of at most 400 KB. */
const maxNamesInClaim = 50;

/** The names of this process's claims and answers: none of them means a death. */
export class OwnClaims {
  /** Claims of running invocations; the value is the key of their item. */
  readonly #alive = new Map<string, string>();
  /** Claims of ended invocations, not known to be closed. */
  readonly #ended = new Map<string, string>();
  /** Answers of this process, not known to be removed. */
  readonly #answers = new Map<string, string>();

  opened(name: string, pk: string): void {
    keep(this.#alive, name, pk);
  }

  /** The invocation has ended in order; the write that says so may fail. */
  ended(name: string, pk: string): void {
    this.#alive.delete(name);
    keep(this.#ended, name, pk);
  }

  closed(name: string): void {
    this.#ended.delete(name);
  }

  answered(name: string, pk: string): void {
    keep(this.#answers, name, pk);
  }

  forgetAnswers(names: readonly string[]): void {
    for (const name of names) this.#answers.delete(name);
  }

  /** This process's answers on one item. They have left: the process outlived them. */
  answersOn(pk: string): string[] {
    return namesOn(pk, this.#answers);
  }

  has(name: string): boolean {
    return this.#alive.has(name) || this.#ended.has(name) || this.#answers.has(name);
  }

  hasEnded(name: string): boolean {
    return this.#ended.has(name);
  }

  /** The latest claims on one item. */
  on(pk: string): string[] {
    return namesOn(pk, [...this.#alive, ...this.#ended]);
  }
}

function namesOn(pk: string, names: Iterable<[string, string]>): string[] {
  return [...names]
    .filter(([, item]) => item === pk)
    .map(([name]) => name)
    .slice(-maxNamesInClaim);
}

function keep(names: Map<string, string>, name: string, pk: string): void {
  names.set(name, pk);
  for (const oldest of names.keys()) if (names.size > maxNames) names.delete(oldest);
}
