/** A user's project in its own folder, outside the settings of this checkout. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SimulateOptions, type SimulationResult, simulate } from '../simulate.ts';

const folders: string[] = [];

/** Writes texts by path. The returned function answers the URL of a path. */
export async function project(files: Readonly<Record<string, string>>): Promise<(path: string) => URL> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'undam-project-')));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return (path) => pathToFileURL(join(folder, path));
}

export async function removeProjects(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

type Options = Omit<SimulateOptions, 'handler' | 'records'> & Partial<Pick<SimulateOptions, 'records'>>;

/** One record, and no retries by default. */
export function run(handler: URL, options: Options = {}): Promise<SimulationResult> {
  return simulate({
    handler,
    records: [{ put: { partitionKey: 'key', data: '{}' } }],
    ...options,
    mapping: { MaximumRetryAttempts: 0, ...options.mapping },
  });
}

/** A handler that throws its facts as JSON, because the simulation reports its error. */
export const telling = (facts: string): string =>
  `export const handler = async () => { throw new Error(JSON.stringify(${facts})); };\n`;

/** The facts of such a handler, by invocation. */
export function told({ invocations }: SimulationResult): readonly Record<string, unknown>[] {
  return invocations.map(({ error }) => {
    if (!error) throw new Error('expected a handler that throws what it has come to');
    return JSON.parse(error.message) as Record<string, unknown>;
  });
}
