import { type LawName, laws } from './index.ts';
import type { Law, Surroundings } from './law.ts';
import type { Violation } from './violation.ts';

type Moment = keyof Law;
type Seen<M extends Moment> = Parameters<NonNullable<Law[M]>>[0];
type Check = (seen: unknown, around: Surroundings) => string | undefined;

/** The laws that check each kind of observation, found once. */
const byMoment = Object.fromEntries(
  (
    [
      'started',
      'called',
      'aborted',
      'charged',
      'sent',
      'toldOfLoss',
      'toldOfPassed',
      'answered',
      'passed',
      'known',
      'left',
    ] as const
  ).map((moment) => [
    moment,
    Object.entries(laws as Readonly<Record<string, Law>>).flatMap(([name, law]) => {
      const check = law[moment] as Check | undefined;
      return check ? [{ name: name as LawName, check }] : [];
    }),
  ]),
) as Record<Moment, { readonly name: LawName; readonly check: Check }[]>;

/** Checks each observation against the laws, counts the checks, and keeps the first violation. */
export class LawChecks {
  readonly checks: Record<LawName, number>;
  violation: Violation | undefined;
  readonly #around: Surroundings;
  readonly #broken: () => void;

  /** @param broken called at the first violation */
  constructor(around: Surroundings, broken: () => void) {
    this.#around = around;
    this.#broken = broken;
    this.checks = Object.fromEntries(Object.keys(laws).map((name) => [name, 0])) as Record<LawName, number>;
  }

  check<M extends Moment>(moment: M, seen: Seen<M>): void {
    const around = this.#around;
    for (const { name, check } of byMoment[moment]) {
      this.checks[name]++;
      const problem = check(seen, around);
      if (problem === undefined || this.violation) continue;
      this.violation = { law: name, problem, at: around.now() };
      this.#broken();
    }
  }
}
