import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minified } from '../cold-start/minified.ts';
import { runCommand } from '../repo/run-command.ts';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import {
  type ColdContender,
  middyAlone,
  powertoolsBatch,
  powertoolsWithLogger,
  undamQuickStart,
} from './cold-contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { median, ratioOf } from './rounds.ts';

const contenders = [middyAlone, powertoolsBatch, powertoolsWithLogger, undamQuickStart];
const sizes = [1, 100] as const;

const most = { bytes: 80_000, importRatio: 1, rssBytes: 2_000_000, invocationRatio: 3 };

/** The answer of one fresh process. */
interface ColdFigures {
  readonly importMs: number;
  /** Of the whole process, after the import. */
  readonly rssBytes: number;
  readonly firstMs: number;
  readonly secondMs: number;
}

/** The figures of all rounds, by contender. */
type Figures = ReadonlyMap<ColdContender, readonly ColdFigures[]>;

/** The quick start as deployed, from its size to its second invocation, in fresh processes beside Powertools. */
export const bundle: BenchCase = {
  name: 'bundle',
  about: 'cold start of the bundled quick start: bytes, CPU and memory at import, the first two invocations',
  rounds: 41,
  run: async (rounds, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'undam-bundle-'));
    try {
      const rows = await bundleAll(folder);
      for (const size of sizes) {
        progress(`bundle: batches of ${size}, ${rounds} fresh processes each`);
        const figures = await coldStarts(folder, size, rounds);
        if (size === 1) rows.push(...importRows(figures));
        rows.push(...invocationRows(figures, size, 'first'), ...invocationRows(figures, size, 'second'));
      }
      return rows;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function bundleAll(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const contender of contenders) {
    const text = await minified(contender.code);
    await writeFile(fileOf(folder, contender), text);
    const value = Buffer.byteLength(text);
    const row: Row = { case: 'bundle size', contender: contender.name, value, unit: 'B', note: 'without the AWS SDK' };
    rows.push(contender === undamQuickStart ? { ...row, bound: bound('value', value, most.bytes) } : row);
  }
  return rows;
}

async function coldStarts(folder: string, size: number, rounds: number): Promise<Figures> {
  const event = join(folder, `event-${size}.json`);
  await writeFile(event, kinesisEventJson(size, size));
  const figures = new Map(contenders.map((contender) => [contender, [] as ColdFigures[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [contender, list] of figures) {
      const figures = await coldStart(folder, contender, event);
      if (round >= 0) list.push(figures);
    }
  }
  return figures;
}

/** A process of its own with its own folder for temporary files, like a new environment. */
async function coldStart(folder: string, contender: ColdContender, event: string): Promise<ColdFigures> {
  const args = [join(import.meta.dirname, 'cold-probe.mjs'), fileOf(folder, contender), event];
  const env = {
    TMPDIR: await mkdtemp(join(folder, 'tmp-')),
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1',
    QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine',
  };
  return JSON.parse(await runCommand(process.execPath, args, { cwd: folder, env })) as ColdFigures;
}

function importRows(figures: Figures): Row[] {
  const cpu = compared('cold import, CPU', 'importMs', figures, powertoolsWithLogger, most.importRatio);
  const alone = column(figures, middyAlone, 'rssBytes');
  const rss = contenders.map((contender): Row => {
    const more = column(figures, contender, 'rssBytes').map((bytes, round) => bytes - (alone[round] ?? Number.NaN));
    const value = median(more);
    const row: Row = { case: 'cold import, RSS above Middy', contender: contender.name, value, unit: 'B' };
    return contender === undamQuickStart ? { ...row, bound: bound('value', value, most.rssBytes) } : row;
  });
  return [...cpu, ...rss];
}

function invocationRows(figures: Figures, size: number, which: 'first' | 'second'): Row[] {
  const name = `${which} invocation, batch of ${size}, CPU`;
  return compared(name, `${which}Ms`, figures, powertoolsBatch, most.invocationRatio);
}

function compared(
  name: string,
  what: keyof ColdFigures,
  figures: Figures,
  reference: ColdContender,
  atMost: number,
): Row[] {
  const referred = column(figures, reference, what);
  return contenders.map((contender) => {
    const own = column(figures, contender, what);
    const ratio = ratioOf(own, referred);
    const row: Row = { case: name, contender: contender.name, value: median(own), unit: 'ms', ratio };
    return contender === undamQuickStart ? { ...row, bound: bound('ratio', ratio, atMost) } : row;
  });
}

function column(figures: Figures, contender: ColdContender, what: keyof ColdFigures): number[] {
  return (figures.get(contender) ?? []).map((figure) => figure[what]);
}

function fileOf(folder: string, contender: ColdContender): string {
  return join(folder, `${contenders.indexOf(contender)}.mjs`);
}
