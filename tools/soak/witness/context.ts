import type { Surroundings } from '../laws/law.ts';
import type { LawChecks } from '../laws/law-checks.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Takes one line of a run's timeline; the text is made only where somebody reads it. */
export type Note = (text: () => string) => void;

/** What all parts of the witness share. */
export interface WitnessContext {
  readonly scenario: Scenario;
  readonly around: Surroundings;
  readonly laws: LawChecks;
  readonly note: Note | undefined;
}
