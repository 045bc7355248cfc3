import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../repo/workspace.ts';
import { page } from './page.ts';
import { simulateContenders } from './simulate-contenders.ts';
import { parameters, type StoryData } from './story-data.ts';
import { terminalText } from './terminal.ts';

const help = `npm run story -- [--out FILE] [--json FILE]

Simulates one bad record in a stream under four ways to consume it, and writes a page. Takes a minute or two.

  --out FILE    the page (default: .cache/story/story.html)
  --json FILE   also write the figures and samples to FILE
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
  const data: StoryData = { parameters, contenders: await simulateContenders() };
  const out = options.out ?? join(root, '.cache/story/story.html');
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, page(data));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(data, null, 2)}\n`);
  console.log(`${terminalText(data)}\n\nThe page: ${out}`);
  return 0;
}
