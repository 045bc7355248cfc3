import { JSON, Set } from '../../base/intrinsics.ts';
import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { LedgerKey, Memory } from '../ledger.ts';
import { readMemory } from '../stored-memories.ts';

const version = 1;

/**
 * How a marks file begins: `open` from the start of an invocation to its end; `among` where the process died and something
 * may have been running in another of its invocations, too.
 */
export const phases = { open: 'o', among: 'a', closed: 'c' } as const;

export type Mark =
  | readonly ['started', sequenceNumber: string, attempts: AttemptCounts, alone: boolean]
  | readonly ['done', sequenceNumbers: readonly string[]]
  | readonly ['learned', sequenceNumber: string, memory: Memory, running: boolean]
  /** Of what was done or quarantined, all is passed by the answer but these. */
  | readonly ['answered', behind: readonly string[]];

/** What an invocation that never ended has left, or one that has answered. */
export interface LeftMarks {
  readonly key: LedgerKey;
  readonly everyStart: boolean;
  /** The answer was fixed. Absent: it was not, and something may have been running. */
  readonly answered: { readonly behind: ReadonlySet<string> } | undefined;
  /** Something may have been running in another invocation of its process when that died. */
  readonly among: boolean;
  readonly marks: readonly Mark[];
}

/** How the marks of an invocation begin, but for its number. */
export function headerOf({ functionArn, eventSourceArn, shardId }: LedgerKey, everyStart: boolean): string {
  return JSON.stringify({ undam: version, functionArn, eventSourceArn, shardId, everyStart });
}

/** @param header as `headerOf` makes it */
export function encodeHeader(generation: number, header: string): string {
  return phases.open + lineOf(generation, header);
}

export function encodeMark(generation: number, mark: Mark): string {
  const [kind, named] = mark;
  return lineOf(generation, kind === 'done' || kind === 'answered' ? encodeList(kind, named) : JSON.stringify(mark));
}

/** What most records cost: without JSON it takes half the time. */
function encodeList(kind: string, sequenceNumbers: readonly string[]): string {
  let content = kind;
  for (const sequenceNumber of sequenceNumbers) content += ` ${sequenceNumber}`;
  return content;
}

/**
 * The number of the invocation stands at both ends of each line: the file is written over from its beginning, and neither
 * what an earlier invocation left nor a line that is half one's and half the other's may be taken for a mark.
 */
function lineOf(generation: number, content: string): string {
  return `${generation} ${content} ${generation}\n`;
}

/**
 * What a marks file says; `undefined` where its invocation has ended or never begun.
 *
 * @throws for what is no marks file, or one of another version
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

/** Of several the last one counts: an answer may be made to pass less. */
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
