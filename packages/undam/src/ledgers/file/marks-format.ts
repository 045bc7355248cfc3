import { JSON, Set } from '../../base/intrinsics.ts';
import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { LedgerKey, Memory } from '../ledger.ts';
import { readMemory } from '../stored-memories.ts';

const version = 1;

/**
 * The first character of a marks file. `open`: its invocation has not ended. `among`: the process died while records may also
 * have been running in another of its invocations.
 */
export const phases = { open: 'o', among: 'a', closed: 'c' } as const;

export type Mark =
  | readonly ['started', sequenceNumber: string, attempts: AttemptCounts, alone: boolean]
  | readonly ['done', sequenceNumbers: readonly string[]]
  | readonly ['learned', sequenceNumber: string, memory: Memory, running: boolean]
  /** The answer passes all records done or quarantined except these. */
  | readonly ['answered', behind: readonly string[]];

/** The marks of an invocation that never ended, or that had answered. */
export interface LeftMarks {
  readonly key: LedgerKey;
  readonly everyStart: boolean;
  /** Present once the answer was fixed. Absent, records may have been running. */
  readonly answered: { readonly behind: ReadonlySet<string> } | undefined;
  /** True if records may have been running in another invocation of the process when it died. */
  readonly among: boolean;
  readonly marks: readonly Mark[];
}

/** The header of an invocation's marks, without its number. */
export function headerOf({ functionArn, eventSourceArn, shardId }: LedgerKey, everyStart: boolean): string {
  return JSON.stringify({ undam: version, functionArn, eventSourceArn, shardId, everyStart });
}

/** @param header the result of `headerOf` */
export function encodeHeader(generation: number, header: string): string {
  return phases.open + lineOf(generation, header);
}

export function encodeMark(generation: number, mark: Mark): string {
  const [kind, named] = mark;
  return lineOf(generation, kind === 'done' || kind === 'answered' ? encodeList(kind, named) : JSON.stringify(mark));
}

/** The most frequent mark: half the time of JSON. */
function encodeList(kind: string, sequenceNumbers: readonly string[]): string {
  let content = kind;
  for (const sequenceNumber of sequenceNumbers) content += ` ${sequenceNumber}`;
  return content;
}

/**
 * The invocation's number encloses each line, because invocations overwrite the file from its beginning: remains of an earlier
 * one, and lines mixed from two, must not pass for marks.
 */
function lineOf(generation: number, content: string): string {
  return `${generation} ${content} ${generation}\n`;
}

/**
 * Reads a marks file; `undefined` for an invocation that has ended or never begun.
 *
 * @throws for a file that is no marks file, or one of another version
 */
export function decodeMarks(text: string): LeftMarks | undefined {
  const phase = text[0];
  if (phase === undefined || phase === phases.closed) return undefined;
  if (phase !== phases.open && phase !== phases.among) throw new TypeError('not a marks file');
  const [first = '', ...rest] = text.slice(1).split('\n');
  const generation = /^\d+ /.exec(first)?.[0].trim() ?? '';
  const header = contentOf(first, generation) as (LedgerKey & { undam?: unknown; everyStart?: unknown }) | undefined;
  if (header === undefined) throw new TypeError('not a marks file');
  const { undam, functionArn, eventSourceArn, shardId, everyStart } = header;
  if (undam !== version) throw new TypeError(`of version ${String(undam)}, not ${version}`);
  const marks: Mark[] = [];
  for (const line of rest) {
    const mark = contentOf(line, generation);
    if (mark === undefined) break;
    marks.push(readMark(mark));
  }
  const key = { functionArn, eventSourceArn, shardId };
  return {
    key,
    everyStart: everyStart === true,
    answered: answerIn(marks),
    among: phase === phases.among,
    marks,
  };
}

/** The last one counts: an answer may be changed to pass fewer records. */
function answerIn(marks: readonly Mark[]): LeftMarks['answered'] {
  const answer = marks.findLast((mark) => mark[0] === 'answered');
  return answer?.[0] === 'answered' ? { behind: new Set(answer[1]) } : undefined;
}

function contentOf(line: string, generation: string): unknown {
  if (generation === '' || !line.startsWith(`${generation} `) || !line.endsWith(` ${generation}`)) return undefined;
  const content = line.slice(generation.length + 1, -generation.length - 1);
  const [kind, ...named] = content.split(' ');
  return kind === 'done' || kind === 'answered' ? [kind, named] : JSON.parse(content);
}

function readMark(mark: unknown): Mark {
  const [kind, named, known, flag] = mark as [unknown, unknown, unknown, unknown];
  if ((kind === 'done' || kind === 'answered') && Array.isArray(named) && named.every(isText)) return [kind, named];
  if (!isText(named)) throw new TypeError('a mark of no record');
  if (kind === 'learned') return ['learned', named, readMemory(known as Memory), flag === true];
  if (kind !== 'started') throw new TypeError('an unknown mark');
  const { attempts } = readMemory({ state: 'open', attempts: known as AttemptCounts });
  return ['started', named, attempts, flag === true];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
