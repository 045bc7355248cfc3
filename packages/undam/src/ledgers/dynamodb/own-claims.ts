import { Map } from '../../base/intrinsics.ts';

/** Names that are kept in mind, of each kind: beyond it the oldest are forgotten. */
const mostNames = 1_000;
/** Names that one claim carries: 20 bytes or so each, in an item of 400 KB. */
const mostNamed = 50;

/** The claims and answers of this process, which mean no death to it, by name. */
export class OwnClaims {
  /** Of invocations that run; the value is the key of their item. */
  readonly #alive = new Map<string, string>();
  /** Of invocations that have ended, and whose claims are not known to be closed. */
  readonly #ended = new Map<string, string>();
  /** Answers that it has given, and which are not known to be taken out. */
  readonly #answers = new Map<string, string>();

  opened(name: string, pk: string): void {
    keep(this.#alive, name, pk);
  }

  /** The invocation has ended in order, whether or not that can be written. */
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

  /** What this process has answered on one item: the process has lived on. */
  answersOn(pk: string): string[] {
    return namesOn(pk, this.#answers);
  }

  has(name: string): boolean {
    return this.#alive.has(name) || this.#ended.has(name) || this.#answers.has(name);
  }

  hasEnded(name: string): boolean {
    return this.#ended.has(name);
  }

  /** The latest on one item. */
  on(pk: string): string[] {
    return namesOn(pk, [...this.#alive, ...this.#ended]);
  }
}

function namesOn(pk: string, names: Iterable<[string, string]>): string[] {
  return [...names]
    .filter(([, item]) => item === pk)
    .map(([name]) => name)
    .slice(-mostNamed);
}

function keep(names: Map<string, string>, name: string, pk: string): void {
  names.set(name, pk);
  for (const oldest of names.keys()) if (names.size > mostNames) names.delete(oldest);
}
