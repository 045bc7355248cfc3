import { UndamError } from '../../base/errors.ts';
import type { Changes } from '../entry.ts';
import type { LedgerKey } from '../ledger.ts';
import { closing } from './closing.ts';
import type { FileAccess, Writer } from './disk.ts';
import { writerOf } from './marks-file.ts';
import { decodeMarks, type LeftMarks, phases } from './marks-format.ts';
import { mayHaveRun, recoveredFrom } from './suspects.ts';

/** The parts of a ledger that a recovery needs. */
export interface Recovery {
  readonly files: FileAccess;
  /** The folder of the marks files. */
  readonly folder: string;
  /** True for the name of one of the recovering ledger's own marks files. */
  owns(name: string): boolean;
  /** Called if a process died while records may have been running. */
  died(): void;
  /** True if an answer given then, in epoch milliseconds, is too old for its records to come again. */
  isPast(answeredAt: number): boolean;
  remember(key: LedgerKey, changes: Changes): void;
}

interface DeadFile {
  readonly path: string;
  readonly writer: Writer;
  readonly left: LeftMarks;
}

/**
 * Remembers the marks of dead processes and threads, then removes them. May be interrupted at any point and repeated, even
 * concurrently: before it removes the first file, it notes in the files which invocations were not alone in their process.
 *
 * @returns true if marks of other live writers remain
 * @throws UndamError `entry-unreadable` at the end, if some marks could not be read
 */
export function recover({ files, folder, owns, died, isPast, remember }: Recovery): boolean {
  const found = files.names(folder).flatMap((name) => {
    const writer = owns(name) ? undefined : writerOf(name);
    return writer === undefined ? [] : [{ path: `${folder}/${name}`, writer }];
  });
  if (found.length === 0) return false;
  const held = files.held(found);
  const problems: unknown[] = [];
  const deadFiles = found.flatMap(({ path, writer }) => {
    if (held.has(path)) return [];
    const left = open(files, path, isPast, problems);
    return left === undefined ? [] : [{ path, writer, left }];
  });
  if (problems.length > 0 || deadFiles.some(({ left }) => left.answered === undefined)) died();
  for (const { left } of separate(files, deadFiles)) {
    const memories = recoveredFrom(left);
    if (memories.size > 0) remember(left.key, memories);
  }
  for (const { path } of deadFiles) files.remove(path);
  if (problems.length === 0) return held.size > 0;
  throw new UndamError(
    'entry-unreadable',
    `${problems.length} marks files in ${folder} cannot be read and were set aside: a crash may charge no record`,
    { cause: problems[0] },
  );
}

/** Reads an unclosed marks file; removes meaningless ones and sets unreadable ones aside. */
function open(files: FileAccess, path: string, isPast: Recovery['isPast'], problems: unknown[]): LeftMarks | undefined {
  // Another thread or process may have recovered it in the meantime.
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

/**
 * Notes `among` in the file of each invocation that ran beside another one when their process died, for recoveries that find only
 * one of them.
 */
function separate(files: FileAccess, deadFiles: readonly DeadFile[]): DeadFile[] {
  const processOf = ({ writer: { pid, boot } }: DeadFile): string => `${pid}-${boot}`;
  const ran = deadFiles.filter(({ left }) => mayHaveRun(left));
  return deadFiles.map((deadFile) => {
    const isAmong = ran.some((other) => other !== deadFile && processOf(other) === processOf(deadFile));
    if (deadFile.left.among || !isAmong) return deadFile;
    const file = files.open(deadFile.path, 'old');
    file?.write(phases.among, 0);
    file?.close();
    return { ...deadFile, left: { ...deadFile.left, among: true } };
  });
}
