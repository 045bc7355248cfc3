import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import type { BenchCase, Row } from './bench-case.ts';
import { matrix } from './matrix.ts';

/** Figures of waits alone, the same in every run and on every machine; a round is a death. */
export const concurrency: BenchCase = {
  name: 'concurrency',
  about: 'records at once: 10, 32, 100 and Powertools, in virtual time: cost, slow records, calls at once, deaths',
  rounds: 20,
  run: async (rounds, progress) => {
    progress(`concurrency: virtual time, ${rounds} deaths each`);
    const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
    const script = join(import.meta.dirname, 'concurrency-probe.ts');
    const answer = await runCommand(process.execPath, [...flags, script, String(rounds)], { cwd: import.meta.dirname });
    const rows = JSON.parse(answer) as Row[];
    progress(`\nThe table of docs/handlers.md:\n\n${matrix(rows)}\n`);
    return rows;
  },
};
