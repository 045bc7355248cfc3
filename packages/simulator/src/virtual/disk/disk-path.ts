import { homedir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Documented: the only folder that a function can write to. https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
export const diskRoot = '/tmp';

const realRoot = resolve(diskRoot);

/** The folder in which the AWS SDK looks for its settings when a client is made. Lambda has no such folder. */
const realSettings = join(homedir(), '.aws');

/**
 * The path on the environment's disk, as `/tmp/…`; undefined for any other path. A project under test may itself be in `/tmp`:
 * its files and installed packages stay real. This machine's `~/.aws` appears as an empty folder.
 */
export function diskPath(path: unknown): string | undefined {
  const text = textOf(path);
  if (text === undefined || text.includes('\0')) return undefined;
  const full = resolve(text);
  if (full.startsWith(realSettings + sep))
    return `${diskRoot}/.aws/${relative(realSettings, full).replaceAll(sep, '/')}`;
  if (full !== realRoot && !full.startsWith(realRoot + sep)) return undefined;
  if (full.includes(`${sep}node_modules${sep}`) || projectEntries().includes(entryOf(full) ?? '')) return undefined;
  return diskRoot + full.slice(realRoot.length).replaceAll(sep, '/');
}

function textOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path;
  if (path instanceof Uint8Array) return Buffer.from(path).toString();
  const { href, protocol } = Object(path) as Partial<URL>;
  return typeof href === 'string' && protocol === 'file:' ? fileURLToPath(href) : undefined;
}

let entries: readonly string[] | undefined;

/** The entries of the real `/tmp` that hold code. */
function projectEntries(): readonly string[] {
  entries ??= [process.cwd(), process.env.LAMBDA_TASK_ROOT, fileURLToPath(import.meta.url)].flatMap((place) => {
    const entry = place && entryOf(resolve(place));
    return entry ? [entry] : [];
  });
  return entries;
}

function entryOf(full: string): string | undefined {
  const [entry] = relative(realRoot, full).split(sep);
  return entry === '..' ? undefined : entry;
}
