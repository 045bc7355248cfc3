import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import type { MemoryContender, MemoryFigures } from './memory-probe.ts';
import { median } from './rounds.ts';

const maxBytesPerRecord = 256;
const contenders: readonly MemoryContender[] = ['bare loop', 'Powertools sequential', 'Powertools parallel', 'Undam'];

/** Number of keys in a batch: few, and one for each record. */
const keyCounts = [100, 10_000];

/** Live bytes per record above the parsed event, after garbage collection, each repetition in a fresh process. */
export const memory: BenchCase = {
  name: 'memory',
  about: 'live bytes per record above the parsed event, 10,000 records in flight, after garbage collection',
  rounds: 5,
  run: async (rounds, progress) => {
    const rows: Row[] = [];
    for (const keys of keyCounts) {
      progress(`memory: ${keys.toLocaleString('en')} keys, ${rounds} fresh processes each`);
      const figures = new Map(contenders.map((name) => [name, [] as MemoryFigures[]]));
      for (let round = 0; round < rounds; round++) {
        for (const [name, list] of figures) list.push(await probe(name, keys));
      }
      for (const [name, list] of figures) rows.push(...rowsOf(name, keys, list));
    }
    return rows;
  },
};

function rowsOf(contender: MemoryContender, keys: number, figures: readonly MemoryFigures[]): Row[] {
  const limited = (value: number) => (contender === 'Undam' ? { bound: bound('value', value, maxBytesPerRecord) } : {});
  const row = (what: string, value: number): Row => ({
    case: `memory ${what}, ${keys.toLocaleString('en')} keys`,
    contender,
    value,
    unit: 'B/record',
    ...limited(value),
  });
  return [
    row('at the last record', median(figures.map(({ atLastRecord }) => atLastRecord))),
    row('peak', median(figures.map(({ peak }) => peak))),
  ];
}

async function probe(contender: MemoryContender, keys: number): Promise<MemoryFigures> {
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning', '--expose-gc'];
  const script = join(import.meta.dirname, 'memory-probe.ts');
  const answer = await runCommand(process.execPath, [...flags, script, contender, String(keys)], {
    cwd: import.meta.dirname,
  });
  return JSON.parse(answer) as MemoryFigures;
}
