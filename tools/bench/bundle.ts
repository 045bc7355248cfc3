import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runCommand } from '../run-command.ts';
import { root } from '../workspace.ts';
import { type BenchCase, bound, type Row } from './bench-case.ts';
import { median } from './rounds.ts';

const maxBytes = 15_000;

/** What goes into each bundle, as the source of its entry. */
const entries: Record<string, { readonly code: string; readonly bounded: boolean }> = {
  'an empty module': { code: 'export {};', bounded: false },
  '@middy/core': { code: "export { default } from '@middy/core';", bounded: false },
  '@middy/core + Powertools batch': {
    code: `export { default } from '@middy/core';
export { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';`,
    bounded: false,
  },
  '@middy/core + Undam quick start': {
    code: `export { default } from '@middy/core';
export { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';`,
    bounded: true,
  },
  '@middy/core + all of Undam': {
    code: "export { default } from '@middy/core';\nexport * from 'undam';",
    bounded: true,
  },
};

/** Bytes of a minified bundle (not compressed), and the time that a fresh process takes to import it. */
export const bundle: BenchCase = {
  name: 'bundle',
  about: 'bytes of the minified root with Middy, no AWS SDK in it, and its import time in fresh processes',
  rounds: 21,
  run: async (rounds, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'undam-bundle-'));
    try {
      const bytes = await bundleAll(folder);
      progress(`bundle: import times, ${rounds} fresh processes each`);
      const times = await importTimes(folder, rounds);
      return Object.keys(entries).flatMap((name) => rows(name, bytes.get(name) ?? Number.NaN, times.get(name) ?? []));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function rows(contender: string, bytes: number, times: readonly number[]): Row[] {
  const size: Row = { case: 'bundle size', contender, value: bytes, unit: 'B' };
  const bounded = entries[contender]?.bounded ?? false;
  return [
    bounded ? { ...size, bound: bound('value', bytes, maxBytes), note: 'no AWS SDK in it' } : size,
    { case: 'bundle import', contender, value: median(times), unit: 'ms' },
  ];
}

async function bundleAll(folder: string): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  for (const [name, { code, bounded }] of Object.entries(entries)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents: code, resolveDir: root, loader: 'ts' },
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      // Powertools is CommonJS in parts of what it imports; a condition of ours picks our sources.
      conditions: ['undam-source'],
      write: false,
      metafile: true,
    });
    const text = outputFiles[0]?.text ?? '';
    const reached = Object.keys(metafile.inputs).filter((path) => path.includes('@aws-sdk'));
    if (bounded && (reached.length > 0 || text.includes('@aws-sdk'))) throw new Error(`${name}: an AWS SDK is in it`);
    bytes.set(name, Buffer.byteLength(text));
    await writeFile(fileOf(folder, name), text);
  }
  return bytes;
}

async function importTimes(folder: string, rounds: number): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(entries).map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, list] of times) {
      const probe = `const t = performance.now(); await import(${JSON.stringify(fileOf(folder, name))}); console.log(performance.now() - t);`;
      const ms = Number(await runCommand(process.execPath, ['--input-type=module', '-e', probe], { cwd: folder }));
      if (round >= 0) list.push(ms);
    }
  }
  return times;
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${Object.keys(entries).indexOf(name)}.mjs`);
}
