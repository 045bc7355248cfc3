import { UndamError } from '../../base/errors.ts';
import { JSON, Map, Set } from '../../base/intrinsics.ts';
import type { KeptError } from '../../envelope/envelope.ts';
import { compareIds } from '../../streams/record-id.ts';
import type { Entry } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory, type Verdict } from '../ledger.ts';
import { decodeNumbers, encodeNumbers, wholeNumber } from './numbers.ts';

/** The memories of one item, with the time of each record's last change: hours since 1970, by id. */
export interface DatedEntry {
  readonly memories: Entry;
  readonly hours: ReadonlyMap<string, number>;
}

/** The common memories, encoded in one byte; `spelled` ones are written in full. */
const encodings = ['done', 'open', 'suspect', 'spelled'] as const;
type Encoding = (typeof encodings)[number];

const plain: Readonly<Record<Exclude<Encoding, 'spelled'>, Memory>> = {
  done: { state: 'done', attempts: noAttempts },
  open: { state: 'open', attempts: noAttempts },
  suspect: { state: 'open', attempts: noAttempts, suspect: 'alone' },
};

const states: ReadonlySet<unknown> = new Set<Memory['state']>(['open', 'pending', 'done', 'quarantined']);
/** Far above the yield of a 400 KB item; bounds the memory that damaged bytes can take. */
const maxInflatedBytes = 32 * 1_048_576;
const maxShortMessageChars = 200;

/** A compact encoding with a checksum. */
export function encodeEntry({ memories, hours }: DatedEntry): Uint8Array {
  const numbers = [...memories.keys()].sort(compareIds);
  const whole = numbers.filter((number) => wholeNumber.test(number));
  const others = numbers.filter((number) => !wholeNumber.test(number));
  const ordered = [...whole, ...others];
  const spelled: Memory[] = [];
  const encodingBytes = Buffer.alloc(ordered.length);
  const hourBytes = Buffer.alloc(4 * ordered.length);
  for (const [at, number] of ordered.entries()) {
    const memory = memories.get(number)!;
    const encoding = encodingOf(memory);
    if (encoding === 'spelled') spelled.push(memory);
    encodingBytes[at] = encodings.indexOf(encoding);
    hourBytes.writeUInt32BE(hours.get(number) ?? 0, 4 * at);
  }
  const sections = [encodeNumbers(whole), encodeNumbers(others), encodingBytes, hourBytes, JSON.stringify(spelled)];
  return process.getBuiltinModule('node:zlib').deflateSync(join(sections.map((section) => Buffer.from(section))));
}

/** @throws for bytes that {@link encodeEntry} did not write, or a part of them */
export function decodeEntry(bytes: Uint8Array): DatedEntry {
  const sections = split(
    process.getBuiltinModule('node:zlib').inflateSync(bytes, { maxOutputLength: maxInflatedBytes }),
  );
  const [whole, others, encodingBytes, hourBytes, spelled] = sections as [Buffer, Buffer, Buffer, Buffer, Buffer];
  const ordered = [...decodeNumbers(whole), ...decodeNumbers(others)];
  if (encodingBytes.length !== ordered.length) throw new Error('not one memory for each record');
  const details = (JSON.parse(spelled.toString()) as unknown[]).values();
  const memories: Entry = new Map();
  const hours = new Map<string, number>();
  for (const [at, number] of ordered.entries()) {
    const encoding = encodings[encodingBytes[at]!];
    if (encoding === undefined) throw new Error('a memory of unknown encoding');
    memories.set(number, encoding === 'spelled' ? checked(details.next().value) : plain[encoding]);
    hours.set(number, hourBytes.readUInt32BE(4 * at));
  }
  return { memories, hours };
}

/**
 * Encodes an entry within a bound. Beyond it drops the stacks of pending verdicts first, then finished records, those farthest
 * behind first: they run again. Never drops unresolved records.
 *
 * @throws UndamError `ledger-unusable` if the unresolved records do not fit
 */
export function encodeWithin(entry: DatedEntry, maxBytes: number): Uint8Array {
  const full = encodeEntry(entry);
  if (full.length <= maxBytes) return full;
  const short = { memories: withShortVerdicts(entry.memories), hours: entry.hours };
  const finished = [...short.memories.keys()]
    .filter((number) => isResolved(short.memories.get(number)!))
    .sort(compareIds);
  let best: Uint8Array | undefined;
  for (let [low, high] = [0, finished.length]; low <= high; ) {
    const kept = Math.ceil((low + high) / 2);
    const bytes = encodeEntry({ memories: without(short.memories, finished.slice(kept)), hours: short.hours });
    if (bytes.length <= maxBytes) [best, low] = [bytes, kept + 1];
    else high = kept - 1;
  }
  if (best !== undefined) return best;
  throw new UndamError(
    'ledger-unusable',
    `dynamodbLedger(): the unresolved records of one shard do not fit into an item of ${maxBytes} bytes; ` +
      'lower BatchSize, or repair the sink that leaves quarantines pending',
  );
}

function encodingOf(memory: Memory): Encoding {
  const { state, attempts, firstFailedAt, verdict, suspect, reported } = memory;
  const { started, failed, timedOut, crashed } = attempts;
  if (started + failed + timedOut + crashed > 0 || firstFailedAt !== undefined || verdict !== undefined || reported)
    return 'spelled';
  if (state === 'done') return suspect === undefined ? 'done' : 'spelled';
  if (state !== 'open' || suspect === 'later') return 'spelled';
  return suspect === undefined ? 'open' : 'suspect';
}

function checked(value: unknown): Memory {
  const memory = Object(value) as Partial<Memory>;
  const counts = Object(memory.attempts) as Record<string, unknown>;
  const counted = ['started', 'failed', 'timedOut', 'crashed'].every((name) => Number.isSafeInteger(counts[name]));
  if (!states.has(memory.state) || !counted) throw new Error('a memory of unknown form');
  return value as Memory;
}

function withShortVerdicts(memories: Entry): Entry {
  return new Map(
    [...memories].map(([number, memory]) => [
      number,
      memory.verdict === undefined ? memory : { ...memory, verdict: shortVerdict(memory.verdict) },
    ]),
  );
}

function shortVerdict({ reason, stage, error }: Verdict): Verdict {
  const { name, message }: KeptError = error;
  return { reason, stage, error: { name, message: message.slice(0, maxShortMessageChars) } };
}

function without(memories: Entry, numbers: readonly string[]): Entry {
  const rest: Entry = new Map(memories);
  for (const number of numbers) rest.delete(number);
  return rest;
}

/** Prefixes each section with its length. */
function join(sections: readonly Buffer[]): Buffer {
  return Buffer.concat(
    sections.flatMap((section) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(section.length);
      return [length, section];
    }),
  );
}

function split(bytes: Buffer): Buffer[] {
  const sections: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new Error('cut off');
    sections.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (sections.length !== 5) throw new Error('not five sections');
  return sections;
}
