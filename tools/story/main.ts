import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../run-command.ts';
import { root } from '../workspace.ts';
import { page } from './page.ts';
import { type ContenderStory, contenders, parameters, type StoryData } from './story-data.ts';
import { terminalText } from './terminal.ts';

const help = `npm run story -- [--out FILE] [--json FILE]

Simulates one bad record in a stream, consumed in four ways, and writes a page about it. Takes a minute or two.

  --out FILE    where the page goes (default .cache/story/story.html)
  --json FILE   write the figures and samples to FILE, too
  --help        this text`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: { out?: string; json?: string; help?: boolean };
  try {
    options = parseArgs({
      args,
      options: { out: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    console.error(`story: ${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const data: StoryData = { parameters, contenders: await simulateAll() };
  const out = options.out ?? join(root, '.cache/story/story.html');
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, page(data));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(data, null, 2)}\n`);
  console.log(`${terminalText(data)}\n\nThe page: ${out}`);
  return 0;
}

/** As many at once as there are cores. */
async function simulateAll(): Promise<ContenderStory[]> {
  const stories: ContenderStory[] = [];
  const waiting = [...contenders.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, { key, name }] = next;
      const startedAt = performance.now();
      console.error(`${name}: ${parameters.watchedHours} h of virtual time …`);
      stories[index] = await simulate(key);
      console.error(`${name}: done in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), contenders.length) }, work));
  return stories;
}

async function simulate(key: string): Promise<ContenderStory> {
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
  const script = join(import.meta.dirname, 'contender-process.ts');
  return JSON.parse(await runCommand(process.execPath, [...flags, script, key], { cwd: root })) as ContenderStory;
}
