import type { Ambient, Clock } from '../base/clock.ts';
import { describe, kindOf } from '../base/describe.ts';
import { Promise, Set } from '../base/intrinsics.ts';
import { isObject } from '../base/is-object.ts';
import { type CheckScope, type Problem, problemIn, wordsOf } from '../base/problem.ts';
import { textOf } from '../base/text.ts';
import type { Settings } from '../engine/invocation/settings.ts';
import { bounds } from '../engine/time/bounds.ts';
import type { EventSourceMappingSettings } from '../mapping/settings.ts';
import { type LambdaContext, remainingMs } from '../streams/lambda-context.ts';
import { problemsOfMapping } from './check-mapping.ts';

/** An event without records that asks a function to check everything its middlewares need. */
export interface CheckEvent {
  readonly undam: 'check';
  /** Also asks AWS whether the function may call what it needs; stores nothing. @default false */
  readonly permissions?: boolean;
  /** The mapping's settings under AWS's own names; each contradiction with the middlewares is a problem. */
  readonly mapping?: Partial<EventSourceMappingSettings>;
}

/** The answer to a {@link CheckEvent}. */
export interface CheckAnswer {
  /** True if there are no problems. */
  readonly ok: boolean;
  readonly problems: readonly CheckProblem[];
}

export interface CheckProblem extends Problem {
  /** The part of the setup that has the problem. */
  readonly part: 'event' | 'handler' | 'budget' | 'ledger' | 'sink' | 'mapping';
}

/** The maximum number of middlewares that a process remembers; one that makes some for each invocation needs no more. */
const maxMade = 100;

/** Milliseconds of the remaining time that are kept for the answer. */
const answerMs = 200;

const fields: ReadonlySet<string> = new Set<keyof CheckEvent>(['undam', 'permissions', 'mapping']);

export function isCheck(event: unknown): event is CheckEvent {
  return isObject(event) && (event as Partial<CheckEvent>).undam === 'check';
}

/**
 * The needs of a process's middlewares. Middy tells no middleware about the others in its chain, so each is added when it is
 * made: the first one in a chain can answer for all.
 */
export class Checks {
  readonly #clock: Clock;
  readonly #made: Settings[] = [];

  constructor({ clock }: Ambient) {
    this.#clock = clock;
  }

  add(settings: Settings): void {
    this.#made.push(settings);
    if (this.#made.length > maxMade) this.#made.shift();
  }

  /** Never rejects. @param isWrapped this process has made a handler wrapper */
  async answer(event: CheckEvent, context: Partial<LambdaContext>, isWrapped: boolean): Promise<CheckAnswer> {
    const leftMs = remainingMs(context);
    const problems = [
      ...named('event', problemsOfEvent(event)),
      ...named('handler', this.#problemsOfHandler(isWrapped)),
      ...named('budget', leftMs === undefined ? [] : this.#problemsOfBudget(leftMs)),
      ...named('mapping', event.mapping === undefined ? [] : problemsOfMapping(event.mapping, this.#attempts)),
      ...(await this.#problemsOfParts({ permissions: event.permissions === true }, leftMs ?? Infinity)),
    ];
    return { ok: problems.length === 0, problems };
  }

  #problemsOfHandler(isWrapped: boolean): Problem[] {
    const problems: Problem[] = [];
    if (!this.#made.some(({ partialBatch }) => partialBatch)) problems.push(withoutPartialBatch);
    if (!isWrapped) problems.push(withoutWrapper);
    return problems;
  }

  #problemsOfBudget(leftMs: number): Problem[] {
    return this.#made.flatMap(({ timeBudget }) => {
      if (timeBudget === undefined) return [];
      const { reserveMs, recordMs } = timeBudget;
      const neededMs = reserveMs + (recordMs === Infinity ? 0 : recordMs);
      if (leftMs > neededMs) return [];
      const named = recordMs === Infinity ? 'reserveMs' : 'reserveMs and recordMs together';
      const what = `the function has ${Math.round(leftMs)} ms, and ${named} take ${neededMs} of them`;
      return [{ what, remedy: "raise the function's Timeout, or lower them" }];
    });
  }

  async #problemsOfParts(scope: CheckScope, leftMs: number): Promise<CheckProblem[]> {
    const ledgers = new Set(this.#made.flatMap(({ partialBatch }) => partialBatch?.ledger ?? []));
    const sinks = new Set(this.#made.flatMap(({ quarantine }) => quarantine?.sink ?? []));
    const ms = Math.max(answerMs, Math.min(bounds.checkMs, leftMs - answerMs));
    const found = await Promise.all([
      ...Array.from(ledgers, async (ledger) => named('ledger', await this.#problemsOf(ledger, scope, ms))),
      ...Array.from(sinks, async (sink) => named('sink', await this.#problemsOf(sink, scope, ms))),
    ]);
    return found.flat();
  }

  async #problemsOf(part: Checkable, scope: CheckScope, ms: number): Promise<readonly Problem[]> {
    let timer: unknown;
    const tooSlow = new Promise<readonly Problem[]>((resolve) => {
      const what = `it did not answer within ${Math.round(ms)} ms`;
      const remedy =
        'give the function a route to the service (in a VPC, a NAT gateway or an endpoint), or a longer Timeout';
      timer = this.#clock.setTimeout(() => resolve([{ what, remedy }]), ms);
    });
    try {
      return problemsIn(await Promise.race([part.check?.(scope), tooSlow]));
    } catch (error) {
      return [
        problemIn(error) ?? {
          what: wordsOf(error),
          remedy: 'its own check() failed with this error: fix the cause that it names',
        },
      ];
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /** The highest N. */
  get #attempts(): number | undefined {
    const attempts = this.#made.flatMap(({ quarantine }) => quarantine?.attempts ?? []);
    return attempts.length === 0 ? undefined : Math.max(...attempts);
  }
}

interface Checkable {
  check?(scope: CheckScope): unknown;
}

const withoutPartialBatch: Problem = {
  what: 'no partialBatch() was made: nothing can be reported without it',
  remedy: 'add .use(partialBatch()) to the handler',
};

const withoutWrapper: Problem = {
  what: 'no handler is wrapped',
  remedy: 'wrap it with eachRecord(), wholeBatch() or splitOnError(), or use StreamProcessor of undam/powertools',
};

function problemsOfEvent(event: CheckEvent): Problem[] {
  const problems: Problem[] = [];
  const unknown = Object.keys(event).filter((name) => !fields.has(name));
  if (unknown.length > 0) {
    const what = `unknown fields in the check event: ${unknown.join(', ')}`;
    problems.push({ what, remedy: `correct it to one of ${[...fields].join(', ')}, or leave it out` });
  }
  const permissions: unknown = event.permissions ?? false;
  if (typeof permissions !== 'boolean') {
    const what = `permissions: expected true or false, got ${describe(permissions)}: AWS was not asked`;
    problems.push({ what, remedy: 'write "permissions": true' });
  }
  return problems;
}

/** Reads the answer of a user's own `check()`, which may return nothing and only throw. */
function problemsIn(answer: unknown): readonly Problem[] {
  if (answer === undefined || answer === null) return [];
  if (Array.isArray(answer)) return answer.map(problemOf);
  return [
    { what: `its check() answered ${kindOf(answer)}`, remedy: 'answer an array of { what, remedy }, or nothing' },
  ];
}

function problemOf(answer: Partial<Problem> | null | undefined): Problem {
  return {
    what: wordOf(answer?.what, 'a problem without a description'),
    remedy: wordOf(answer?.remedy, 'see its own check()'),
  };
}

function wordOf(word: unknown, without: string): string {
  return textOf(word) ?? without;
}

function named(part: CheckProblem['part'], problems: readonly Problem[]): CheckProblem[] {
  return problems.map(({ what, remedy }) => ({ part, what, remedy }));
}
