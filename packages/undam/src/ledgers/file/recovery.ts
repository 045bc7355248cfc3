import { UndamError } from '../../base/errors.ts';
import type { Changes } from '../entry.ts';
import type { LedgerKey } from '../ledger.ts';
import { closing } from './closing.ts';
import type { FileAccess, Writer } from './disk.ts';
import { writerOf } from './marks-file.ts';
import { decodeMarks, type LeftMarks, phases } from './marks-format.ts';
import { mayHaveRun, recoveredFrom } from './recovered.ts';

/** What a recovery needs of its ledger. */
export interface Recovery {
  readonly files: FileAccess;
  /** Where the marks files are. */
  readonly folder: string;
  /** Whether a marks file is the mourner's own. */
  owns(name: string): boolean;
  /** Something has died here while it may have been running. */
  died(): void;
  /** Whether what a process answered then, in epoch milliseconds, is too old to come again. */
  isPast(answeredAt: number): boolean;
  remember(key: LedgerKey, changes: Changes): void;
}

interface Grave {
  readonly path: string;
  readonly writer: Writer;
  readonly left: LeftMarks;
}

/**
 * Remembers what dead processes and threads have left, and removes their marks. It may be broken off anywhere and done
 * again, also by two at once: what was alone when it died is known by the files' own beginnings before the first is
 * removed.
 *
 * @returns whether marks of others that live are left
 * @throws UndamError `entry-unreadable` at the end, where there were marks that cannot be read
 */
export function recover({ files, folder, owns, died, isPast, remember }: Recovery): boolean {
  const found = files.names(folder).flatMap((name) => {
    const writer = owns(name) ? undefined : writerOf(name);
    return writer === undefined ? [] : [{ path: `${folder}/${name}`, writer }];
  });
  if (found.length === 0) return false;
  const held = files.held(found);
  const problems: unknown[] = [];
  const graves = found.flatMap(({ path, writer }) => {
    if (held.has(path)) return [];
    const left = open(files, path, isPast, problems);
    return left === undefined ? [] : [{ path, writer, left }];
  });
  if (problems.length > 0 || graves.some(({ left }) => left.answered === undefined)) died();
  for (const { left } of separate(files, graves)) {
    const memories = recoveredFrom(left);
    if (memories.size > 0) remember(left.key, memories);
  }
  for (const { path } of graves) files.remove(path);
  if (problems.length === 0) return held.size > 0;
  throw new UndamError(
    'entry-unreadable',
    `${problems.length} marks files in ${folder} cannot be read and were set aside: a crash may be pinned on nobody`,
    { cause: problems[0] },
  );
}

/** What an unclosed file says; the others are removed, or set aside. */
function open(files: FileAccess, path: string, isPast: Recovery['isPast'], problems: unknown[]): LeftMarks | undefined {
  // Another one may have recovered it meanwhile.
  const file = files.open(path, 'old');
  if (file === undefined) return undefined;
  return closing(file, () => {
    try {
      const left = decodeMarks(file.read(0));
      const means = left !== undefined && !(left.answered && isPast(file.state().modifiedAt));
      if (!means) files.remove(path);
      return means ? left : undefined;
    } catch (error) {
      files.rename(path, `${path}.unreadable`);
      problems.push(error);
      return undefined;
    }
  });
}

/** Says, in each of several that ran when they died together, that it did not alone; a recovery that finds one of them later knows. */
function separate(files: FileAccess, graves: readonly Grave[]): Grave[] {
  const processOf = ({ writer: { pid, boot } }: Grave): string => `${pid}-${boot}`;
  const ran = graves.filter(({ left }) => mayHaveRun(left));
  return graves.map((grave) => {
    const isAmong = ran.some((other) => other !== grave && processOf(other) === processOf(grave));
    if (grave.left.among || !isAmong) return grave;
    const file = files.open(grave.path, 'old');
    file?.write(phases.among, 0);
    file?.close();
    return { ...grave, left: { ...grave.left, among: true } };
  });
}
