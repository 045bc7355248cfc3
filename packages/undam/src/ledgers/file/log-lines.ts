import { JSON, Map } from '../../base/intrinsics.ts';
import { apply, type Changes, type Entry } from '../entry.ts';
import type { Memory } from '../ledger.ts';
import { readMemory } from '../stored-memories.ts';
import { frontCode, frontDecode } from './front-coding.ts';

const version = 1;

/** The entry that a log describes. */
export interface Replay {
  readonly entry: Entry;
  /** Epoch milliseconds of the last write, by id; may include records that are no longer in the entry. */
  readonly writtenAt: Map<string, number>;
}

/** The changes of one invocation as one line. @param at epoch milliseconds */
export function encodeChanges(changes: Changes, at: number): string {
  return encodeLine(changes, () => at);
}

/**
 * A whole entry as one line; empty for an empty entry. @param span the precision of the times in milliseconds: they are rounded
 * up to it
 */
export function encodeEntryLine({ entry, writtenAt }: Replay, span: number): string {
  if (entry.size === 0) return '';
  return encodeLine(entry, (sequenceNumber) => Math.ceil((writtenAt.get(sequenceNumber) ?? 0) / span) * span);
}

/** Groups records with the same memory and time: `[memory, at, ids]`, with `null` for forgotten records. */
function encodeLine(changes: Changes, writtenAt: (sequenceNumber: string) => number): string {
  const groups = new Map<string, string[]>();
  for (const [sequenceNumber, memory] of changes) {
    const name = `${JSON.stringify(memory ?? null)},${writtenAt(sequenceNumber)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [sequenceNumber]);
    else group.push(sequenceNumber);
  }
  const records = [...groups].map(([name, numbers]) => `[${name},${JSON.stringify(frontCode(numbers))}]`);
  return `{"undam":${version},"records":[${records.join()}]}\n`;
}

/**
 * Replays the lines of a log.
 *
 * @param oldest epoch milliseconds; skips earlier memories
 * @throws for an invalid line, or one of another version
 */
export function replay(text: string, oldest: number): Replay {
  const entry: Entry = new Map();
  const writtenAt = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const changes = new Map<string, Memory | undefined>();
    for (const [memory, at, numbers] of decodeLine(line)) {
      if (at < oldest) continue;
      for (const sequenceNumber of numbers) {
        changes.set(sequenceNumber, memory);
        writtenAt.set(sequenceNumber, at);
      }
    }
    apply(entry, changes);
  }
  return { entry, writtenAt };
}

function decodeLine(line: string): [Memory | undefined, number, string[]][] {
  const { undam, records } = JSON.parse(line) as { undam?: unknown; records?: unknown };
  if (undam !== version) throw new TypeError(`of version ${String(undam)}, not ${version}`);
  if (!Array.isArray(records)) throw new TypeError('no records');
  return records.map((group: unknown) => {
    const [memory, at, numbers] = group as [Memory | null, unknown, unknown];
    if (typeof at !== 'number') throw new TypeError('no time');
    return [memory === null ? undefined : checked(memory), at, frontDecode(numbers)];
  });
}

/** @throws UndamError for a memory of unknown state */
function checked(memory: Memory): Memory {
  return { ...memory, attempts: readMemory(memory).attempts };
}
