import { brokenAnswered } from './broken-engines/answered.ts';
import { brokenAnswers } from './broken-engines/answers.ts';
import type { BrokenEngine } from './broken-engines/broken-engine.ts';
import { brokenLedgers } from './broken-engines/ledgers.ts';
import { brokenRuns } from './broken-engines/runs.ts';
import { brokenSinks } from './broken-engines/sinks.ts';
import { brokenUnits } from './broken-engines/units.ts';
import { brokenVerdicts } from './broken-engines/verdicts.ts';

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
