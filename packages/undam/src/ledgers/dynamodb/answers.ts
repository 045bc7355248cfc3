import { Set } from '../../base/intrinsics.ts';
import { isMember, lastUnitOf } from '../../streams/record-id.ts';
import { answeredMs, type Entry, merge } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory } from '../ledger.ts';
import { decodeNumbers, encodeNumbers } from './numbers.ts';

/**
 * The trace of an answer: the invocation's former claim on the records that the answer passes, kept as long as the answer may be
 * lost. Each has its own attribute, so that one write can remove earlier answers and add the next, without conflicts between
 * processes.
 */
export interface Answer {
  /** The attribute's name: the time of the answer and a nonce. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly answeredAt: number;
  /** The ids of the passed records, encoded like a claim's batch. */
  readonly bytes: Uint8Array;
  /** True if the answer passes its whole batch, so that the next batch may continue its last unit. */
  readonly isWhole: boolean;
}

const prefix = 'answer.';
const partial = 'part';
/** The maximum number of answers removed by one call. */
export const maxRemovedAnswers = 100;
const maxInflatedBytes = 32 * 1_048_576;

/** A batch's ids in their stored form. */
export function encodeBatch(numbers: readonly string[]): Uint8Array {
  return process.getBuiltinModule('node:zlib').deflateSync(encodeNumbers(numbers));
}

/** Missing or damaged bytes decode to an empty batch: no evidence about any record. */
export function decodeBatch(bytes: Uint8Array | undefined): string[] {
  try {
    return bytes === undefined
      ? []
      : decodeNumbers(process.getBuiltinModule('node:zlib').inflateSync(bytes, { maxOutputLength: maxInflatedBytes }));
  } catch {
    return [];
  }
}

export function answerName(answeredAt: number, nonce: string, isWhole: boolean = true): string {
  return `${prefix}${answeredAt.toString(36)}.${nonce}${isWhole ? '' : `.${partial}`}`;
}

/** `undefined` for an attribute that is not an answer. */
export function parseAnswer(name: string, bytes: Uint8Array | undefined): Answer | undefined {
  if (!name.startsWith(prefix) || bytes === undefined) return undefined;
  const [at = '', , how] = name.slice(prefix.length).split('.');
  return { name, answeredAt: Number.parseInt(at, 36) || 0, bytes, isWhole: how !== partial };
}

/**
 * The names of the answers in an item, up to the number that one call can remove: DynamoDB limits an expression to 4 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export function answerNames(item: object | undefined): string[] {
  return Object.keys(item ?? {})
    .filter((name) => name.startsWith(prefix))
    .slice(0, maxRemovedAnswers);
}

/** True if the answer is too old for its records to come again. `abs`: environments' clocks differ. */
export function isPast({ answeredAt }: Answer, now: number): boolean {
  return Math.abs(now - answeredAt) > answeredMs;
}

/** The records of a batch that an answer had passed. If it left, Lambda does not deliver them again. */
export function passedOf({ bytes }: Answer, batch: readonly string[]): string[] {
  const passed = new Set(decodeBatch(bytes));
  return batch.filter((number) => passed.has(number));
}

/** True if the answer passes only records of the batch. */
export function isWithin({ bytes }: Answer, batch: readonly string[]): boolean {
  const ours = new Set(batch);
  return decodeBatch(bytes).every((number) => ours.has(number));
}

const noIds: ReadonlySet<string> = new Set();
const passedMemory: Memory = { state: 'done', attempts: noAttempts, answered: 'unconfirmed' };

/**
 * Merges into the entry the records of a batch that others' answers had passed. Records that the entry knows as resolved are no
 * news.
 */
export function recallAnswers(entry: Entry, answers: readonly Answer[], batch: readonly string[]): void {
  for (const answer of answers) {
    const mayGoOn = answer.isWhole && batch.some(isMember) ? lastUnitOf(decodeBatch(answer.bytes)) : noIds;
    for (const id of passedOf(answer, batch)) {
      const memory: Memory = mayGoOn.has(id) ? { ...passedMemory, mayGoOn: true } : passedMemory;
      const known = entry.get(id);
      // Writing the answer removed its records from the entry, so this failure is newer: that of an equal record.
      if (memory.mayGoOn && known !== undefined && hasFailed(known)) continue;
      if (known === undefined) entry.set(id, memory);
      else if (!isResolved(known) || known.answered !== undefined) entry.set(id, merge(known, memory));
    }
  }
}

function hasFailed({ state, attempts: { failed, timedOut, crashed } }: Memory): boolean {
  return (state === 'open' || state === 'pending') && failed + timedOut + crashed > 0;
}
