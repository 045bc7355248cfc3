import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildOptions, OutputFile } from 'esbuild';
import type { Esbuild } from './find-esbuild.ts';
import { isOfPackage } from './module-format.ts';
import { ownFiles } from './own-files.ts';
import { bundleHead, ownNames } from './own-names.ts';
import type { StandIns } from './stand-ins.ts';

/** A compiled handler. */
export interface Bundle {
  /** Texts of ES modules by location: the handler, the stand-ins that packages may import, and their shared chunks. */
  readonly texts: ReadonlyMap<string, string>;
  /** Locations by the names with which the texts import each other. */
  readonly locations: ReadonlyMap<string, string>;
}

const prefix = 'undam-bundle-';

/**
 * Compiles the handler and its imports, except for packages. When it settles, every process that esbuild started has ended.
 *
 * @throws Error with esbuild's own message
 */
export async function bundleHandler(esbuild: Esbuild, handler: URL, standIns: StandIns): Promise<Bundle> {
  const entries = [handler.href, ...standIns.ofPackages.filter((href) => !isOfPackage(fileURLToPath(href)))];
  const children = new Set<ChildProcess>();
  const started = (message: unknown): void =>
    void children.add((message as { readonly process: ChildProcess }).process);
  subscribe('child_process', started);
  try {
    const { outputFiles } = await esbuild.build(optionsFor(handler, entries, standIns));
    return bundleOf(outputFiles, entries);
  } finally {
    unsubscribe('child_process', started);
    await esbuild.stop();
    await Promise.all([...children].map(ended));
  }
}

/** A child that outlives its thread stays as a zombie of this process. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  await once(child, 'exit');
}

function optionsFor(handler: URL, entries: readonly string[], standIns: StandIns) {
  return {
    entryPoints: entries.map((href, index) => ({ in: fileURLToPath(href), out: `${prefix}${index}` })),
    chunkNames: `${prefix}[hash]`,
    outdir: dirname(fileURLToPath(handler)),
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    // Packages resolve as in Node, to the files that other modules have already required.
    mainFields: ['main'],
    conditions: ['node-addons', 'module-sync', ...conditionsOf(process.execArgv)],
    // A module that Node would run must not be dropped for the `sideEffects` of its package.
    ignoreAnnotations: true,
    keepNames: true,
    // One entry is one file; code that several entries share must exist once.
    splitting: entries.length > 1,
    sourcemap: 'external',
    sourcesContent: false,
    charset: 'utf8',
    logLevel: 'silent',
    define: ownNames,
    banner: { js: bundleHead(handler) },
    plugins: [ownFiles(standIns, handler)],
  } satisfies BuildOptions;
}

function bundleOf(files: readonly OutputFile[], entries: readonly string[]): Bundle {
  const texts = new Map<string, string>();
  const locations = new Map<string, string>();
  for (const { path, text } of files) {
    if (path.endsWith('.map')) continue;
    const name = basename(path);
    const entry = entries[Number(name.slice(prefix.length, -'.js'.length))];
    const location = entry ?? new URL(name, entries[0]).href;
    const map = files.find((file) => file.path === `${path}.map`);
    texts.set(location, map ? `${text}\n${mapComment(map)}` : text);
    locations.set(`./${name}`, location);
  }
  return { texts, locations };
}

/** Maps the text to the user's files, which stacks then name. */
function mapComment({ path, text }: OutputFile): string {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  const sources = map.sources.map((source) => pathToFileURL(resolve(dirname(path), source)).href);
  const encoded = Buffer.from(JSON.stringify({ ...map, sources })).toString('base64');
  return `//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

/** The conditions of this process, which Node's own loader knows. */
function conditionsOf(args: readonly string[]): string[] {
  const all = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...args].join('\n');
  return [...all.matchAll(/^(?:--conditions|-C)[=\n](.+)$/gm)].map(([, condition]) => condition!);
}
