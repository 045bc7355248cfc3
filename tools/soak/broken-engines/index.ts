import { brokenAnswered } from './answered.ts';
import { brokenAnswers } from './answers.ts';
import type { BrokenEngine } from './broken-engine.ts';
import { brokenLedgers } from './ledgers.ts';
import { brokenRuns } from './runs.ts';
import { brokenSinks } from './sinks.ts';
import { brokenUnits } from './units.ts';
import { brokenVerdicts } from './verdicts.ts';

export type { BrokenEngine };

/** Each has to be caught by the soak. */
export const brokenEngines: readonly BrokenEngine[] = [
  ...brokenRuns,
  ...brokenVerdicts,
  ...brokenSinks,
  ...brokenLedgers,
  ...brokenAnswers,
  ...brokenUnits,
  ...brokenAnswered,
];
