import type { Surroundings } from '../laws/law.ts';
import type { LawChecks } from '../laws/law-checks.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Takes one line of a run's timeline; a run without a reader makes no text. */
export type Note = (text: () => string) => void;

/** Shared by all parts of the witness. */
export interface WitnessContext {
  readonly scenario: Scenario;
  readonly around: Surroundings;
  readonly laws: LawChecks;
  readonly note: Note | undefined;
}
