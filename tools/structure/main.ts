import { dirname, join } from 'node:path';
import { importsUnder, typeScriptFiles } from '../repo/imports.ts';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import { arrowsOf, circlesOf } from './structure.ts';

const help = `npm run structure -- [--arrows]

How packages/undam/src is built: its folders, the imports between them, circles, and how often one invocation passes from
file to file, for a healthy record and for one that is quarantined.

  --arrows   list each arrow between folders, with its imports`;

const args = process.argv.slice(2);
const unknown = args.find((arg) => !['--arrows', '--help'].includes(arg));
if (unknown !== undefined) {
  console.error(`structure: expected --arrows, got ${JSON.stringify(unknown)}\n\n${help}`);
  process.exitCode = 2;
} else if (args.includes('--help')) console.log(help);
else await main(args.includes('--arrows'));

async function main(listsArrows: boolean): Promise<void> {
  const source = join(root, 'packages/undam/src');
  const isShipped = (file: string): boolean => !file.endsWith('.test.ts');
  const files = (await typeScriptFiles(source)).filter(isShipped);
  const imports = (await importsUnder(source)).filter(({ from, to }) => isShipped(from) && to.endsWith('.ts'));
  const arrows = arrowsOf(imports);
  const folders = [...Map.groupBy(files, dirname)].sort(([a], [b]) => a.localeCompare(b));
  const count = (folder: string, end: 'from' | 'to'): number => arrows.filter((arrow) => arrow[end] === folder).length;

  console.log(row('folder', 'files', 'imports from', 'is imported by'));
  for (const [folder, { length }] of folders)
    console.log(row(folder, length, count(folder, 'from'), count(folder, 'to')));
  const between = arrows.reduce((sum, { imports }) => sum + imports.length, 0);
  console.log(`\n${files.length} files in ${folders.length} folders`);
  console.log(`${imports.length} imports, ${between} of them between folders, by ${arrows.length} arrows`);
  if (listsArrows) {
    for (const { from, to, imports } of arrows) {
      console.log(`\n${from} -> ${to}`);
      for (const { from, to } of imports) console.log(`  ${from} -> ${to}`);
    }
  }
  printCircles('files', circlesOf(imports));
  printCircles('folders', circlesOf(arrows));
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
  const json = await runCommand(process.execPath, [...flags, join(import.meta.dirname, 'hops-process.ts')], {
    cwd: root,
  });
  for (const [record, { hops, files }] of Object.entries(JSON.parse(json) as Hops))
    console.log(`${record} record: ${hops} hops between ${files} files`);
}

type Hops = Readonly<Record<'healthy' | 'poison', { readonly files: number; readonly hops: number }>>;

function row(...[name, ...rest]: readonly [string, ...(string | number)[]]): string {
  return [name.padEnd(24), ...rest.map((cell) => String(cell).padStart(15))].join('');
}

function printCircles(what: string, circles: readonly (readonly string[])[]): void {
  console.log(`circles of ${what}: ${circles.length === 0 ? 'none' : circles.map((one) => one.join(' ')).join('; ')}`);
}
