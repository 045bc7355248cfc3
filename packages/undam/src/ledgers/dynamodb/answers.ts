import { Set } from '../../base/intrinsics.ts';
import { isMember, lastUnitOf } from '../../streams/units.ts';
import { answeredMs, type Entry, merge } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory } from '../ledger.ts';
import { decodeNumbers, encodeNumbers } from './numbers.ts';

/**
 * What an answer passes: the claim that it was before, for as long as the answer may be lost. Each stands in an attribute of
 * its own, so that one write takes an earlier one out and puts the next one in, and those of several processes do not meet.
 */
export interface Answer {
  /** The attribute: when it was given, and a nonce. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly answeredAt: number;
  /** The records that it passes, encoded as a claim's batch is. */
  readonly bytes: Uint8Array;
  /** It passes its whole batch, so that the next batch may go on with the last unit. */
  readonly isWhole: boolean;
}

const prefix = 'answer.';
const part = 'part';
/** Answers that one call takes out. */
export const mostGone = 100;
const mostInflatedBytes = 32 * 1_048_576;

/** A batch as it is kept in an item. */
export function encodeBatch(numbers: readonly string[]): Uint8Array {
  return process.getBuiltinModule('node:zlib').deflateSync(encodeNumbers(numbers));
}

/** One that is missing or damaged is no evidence of any record. */
export function decodeBatch(bytes: Uint8Array | undefined): string[] {
  try {
    return bytes === undefined
      ? []
      : decodeNumbers(process.getBuiltinModule('node:zlib').inflateSync(bytes, { maxOutputLength: mostInflatedBytes }));
  } catch {
    return [];
  }
}

export function answerName(answeredAt: number, nonce: string, isWhole: boolean = true): string {
  return `${prefix}${answeredAt.toString(36)}.${nonce}${isWhole ? '' : `.${part}`}`;
}

/** `undefined` for another attribute. */
export function readAnswer(name: string, bytes: Uint8Array | undefined): Answer | undefined {
  if (!name.startsWith(prefix) || bytes === undefined) return undefined;
  const [at = '', , how] = name.slice(prefix.length).split('.');
  return { name, answeredAt: Number.parseInt(at, 36) || 0, bytes, isWhole: how !== part };
}

/** The names of the answers in an item, as many as one call can take out: an expression has 4 KB at most. */
export function answerNames(item: object | undefined): string[] {
  return Object.keys(item ?? {})
    .filter((name) => name.startsWith(prefix))
    .slice(0, mostGone);
}

/** Whether what an answer passes may still come again. Clocks of environments differ. */
export function isPast({ answeredAt }: Answer, now: number): boolean {
  return Math.abs(now - answeredAt) > answeredMs;
}

/** Those of a batch that an answer had passed. If that has left, Lambda does not deliver them again. */
export function passedOf({ bytes }: Answer, batch: readonly string[]): string[] {
  const passed = new Set(decodeBatch(bytes));
  return batch.filter((number) => passed.has(number));
}

/** Whether an answer passes nothing but records of a batch. */
export function isWithin({ bytes }: Answer, batch: readonly string[]): boolean {
  const ours = new Set(batch);
  return decodeBatch(bytes).every((number) => ours.has(number));
}

const noIds: ReadonlySet<string> = new Set();
const passedMemory: Memory = { state: 'done', attempts: noAttempts, answered: 'unconfirmed' };

/** Writes into the entry what answers of others had passed of a batch; what it knows as resolved is no news. */
export function recallAnswers(entry: Entry, answers: readonly Answer[], batch: readonly string[]): void {
  for (const answer of answers) {
    const mayGoOn = answer.isWhole && batch.some(isMember) ? lastUnitOf(decodeBatch(answer.bytes)) : noIds;
    for (const id of passedOf(answer, batch)) {
      const memory: Memory = mayGoOn.has(id) ? { ...passedMemory, mayGoOn: true } : passedMemory;
      const known = entry.get(id);
      // The answer's own write forgot each record that it passes, so this failure is newer, and an equal record's.
      if (memory.mayGoOn && known !== undefined && hasFailed(known)) continue;
      if (known === undefined) entry.set(id, memory);
      else if (!isResolved(known) || known.answered !== undefined) entry.set(id, merge(known, memory));
    }
  }
}

function hasFailed({ state, attempts: { failed, timedOut, crashed } }: Memory): boolean {
  return (state === 'open' || state === 'pending') && failed + timedOut + crashed > 0;
}
