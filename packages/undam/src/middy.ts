import { type BudgetSettings, defaultReserveMs, leastReserveMs } from './budget.ts';
import type { Ambient } from './clock.ts';
import { Crew } from './crew.ts';
import { UndamError } from './errors.ts';
import { recordErrorsOf } from './full-batch-failure.ts';
import type { Invocation } from './invocation.ts';
import type { Ledger } from './ledger.ts';
import { fileLedger } from './ledgers/file.ts';
import { memoryLedger } from './ledgers/memory.ts';
import { claimsAreExpected, meet, metBy, part } from './meeting.ts';
import type {
  Middlewares,
  MiddyRequest,
  PartialBatchOptions,
  QuarantineOptions,
  StreamGuardOptions,
  StreamMiddleware,
  TimeBudgetOptions,
} from './middleware-options.ts';
import { guarded, warnOfTrouble } from './observe.ts';
import { aFunction, badOption, checkOptions, integer, objectWith, oneOf, required } from './options.ts';
import type { BatchResponse } from './outcome.ts';
import type { Backoff } from './retry.ts';
import type { Settings } from './settings.ts';
import { isThenable, unheard } from './thenable.ts';

/** The middlewares on a given clock and randomness. */
export function createMiddlewares(ambient: Ambient): Middlewares {
  function partialBatch<E>(options: PartialBatchOptions = {}): StreamMiddleware<E> {
    checkOptions('partialBatch()', options, {
      ledger: objectWith('recall', 'remember'),
      observe: aFunction,
      reports: oneOf('first', 'every'),
    });
    const { ledger = defaultLedger(), observe = warnOfTrouble, reports = 'first' } = options;
    const settings = { ledger, observe: guarded(observe), reports, crew: new Crew() };
    return middleware('partialBatch', ambient, settings, (invocation, request) => {
      const show = (): void => {
        request.event = invocation.shownEvent as E;
      };
      const recalling = invocation.recall(request.event, !claimsAreExpected());
      return recalling === undefined ? show() : recalling.then(show);
    });
  }

  function quarantine<E>(options: QuarantineOptions): StreamMiddleware<E> {
    checkOptions('quarantine()', options, {
      sink: required(objectWith('send')),
      attempts: integer(1, 1_000),
      retry: { expected: '{ baseMs, capMs }, the cap not below the base, or "redelivery"', accepts: isRetry },
      isPermanent: aFunction,
    });
    const { sink, attempts = 3, retry = {}, isPermanent } = options;
    const settings = { sink, attempts, retry, isPermanent };
    return middleware('quarantine', ambient, settings, (invocation, request) => {
      if (invocation.hideMore(request.event)) request.event = invocation.shownEvent as E;
    });
  }

  function timeBudget<E>(options: TimeBudgetOptions = {}): StreamMiddleware<E> {
    checkOptions('timeBudget()', options, {
      reserveMs: integer(leastReserveMs, 900_000),
      recordMs: integer(1, 900_000),
    });
    const { reserveMs = defaultReserveMs, recordMs = Infinity } = options;
    const settings = { reserveMs, recordMs };
    return middleware('timeBudget', ambient, settings, () => {});
  }

  function streamGuard<E>(options: StreamGuardOptions): StreamMiddleware<E>[] {
    checkOptions('streamGuard()', options, {
      quarantine: required(objectWith()),
      timeBudget: objectWith(),
      ledger: objectWith('recall', 'remember'),
      observe: aFunction,
      reports: oneOf('first', 'every'),
    });
    const { quarantine: quarantineOptions, timeBudget: timeBudgetOptions, ...partialBatchOptions } = options;
    return [partialBatch(partialBatchOptions), quarantine(quarantineOptions), timeBudget(timeBudgetOptions)];
  }

  return { partialBatch, quarantine, timeBudget, streamGuard };
}

/** Under Lambda's runtime there is a disk that a crash does not clear. */
function defaultLedger(): Ledger {
  return process.env.AWS_LAMBDA_RUNTIME_API === undefined ? memoryLedger() : fileLedger();
}

/**
 * The hooks that all three share: `before` registers; the first of ours on the way out settles the outcome, unless a
 * handler wrapper already has. No hook returns anything: Middy would skip the hooks of others.
 */
function middleware<E, K extends keyof Settings>(
  name: K,
  ambient: Ambient,
  settings: NonNullable<Settings[K]>,
  join: (invocation: Invocation, request: MiddyRequest<E>) => void | Promise<void>,
): StreamMiddleware<E> {
  const opener = Symbol(name);

  function before(request: MiddyRequest<E>): void | Promise<void> {
    const { invocation, opened } = meet(request, ambient);
    try {
      // First of all: who observes is told of an event that cannot be read, too.
      bring(invocation, name, settings);
      if (opened) open(invocation, request);
      return join(invocation, request);
    } catch (error) {
      return invocation.conclusion.giveUp(error).then(() => {
        throw error;
      });
    }
  }

  function open(invocation: Invocation, request: MiddyRequest<E>): void {
    invocation.opener = opener;
    // A `before` that answers early makes Middy skip every `after`, an `onError` that throws every other `onError`.
    const left = (): 'answered-early' | 'failed' | undefined => {
      if ('earlyResponse' in request) return 'answered-early';
      return request.error == null || invocation.isLeaving ? undefined : 'failed';
    };
    invocation.watchUntil(left, () => {
      void invocation.conclusion.giveUp(request.error).finally(() => part(invocation));
    });
    invocation.read();
  }

  function after(request: MiddyRequest<E>): void | Promise<void> {
    const invocation = metBy(request);
    if (invocation === undefined) return;
    const leave = (): void => {
      if (invocation.opener === opener) part(invocation);
    };
    let answer: BatchResponse | Promise<BatchResponse>;
    try {
      answer = invocation.conclusion.open
        ? judgeUnwrapped(invocation, request)
        : invocation.conclusion.confirm(request.response);
    } catch (error) {
      leave();
      throw error;
    }
    if (!isThenable(answer)) return leave();
    return answer
      .then((response) => {
        request.response = response;
      })
      .finally(leave);
  }

  async function onError(request: MiddyRequest<E>): Promise<void> {
    const invocation = metBy(request);
    if (invocation === undefined) return;
    invocation.isLeaving = true;
    try {
      const { conclusion, claimed, judged } = invocation;
      const { error } = request;
      if (conclusion.open && !claimed && mayBeBare(invocation, error)) {
        invocation.judged = { error };
        request.response = await invocation.judgeThrow(error, isEarlyTimeout(error) ? 'timed-out' : 'rejected');
      } else if (judged !== undefined && judged.error === error) {
        request.response = await conclusion.confirm(request.response);
      } else await conclusion.withdraw(error);
    } catch {
      // The error that Middy is about to throw names the cause; one of ours would only hide it.
    } finally {
      invocation.isLeaving = false;
      if (invocation.opener === opener) part(invocation);
    }
  }

  return {
    before: named(`${name}Before`, before),
    after: named(`${name}After`, after),
    onError: named(`${name}OnError`, onError),
  };
}

/**
 * Whether an error that no wrapper has seen can be the handler's own. Where handlers are wrapped, it came from another
 * middleware on the way in, which is no record's fault; Middy does not tell.
 */
function mayBeBare({ settings: { partialBatch } }: Invocation, error: unknown): boolean {
  // Middy ends only a handler that it has started, and only a handler runs a batch of records.
  if (isEarlyTimeout(error) || recordErrorsOf(error) !== undefined) return true;
  return partialBatch !== undefined && (knownBare.has(partialBatch) || !claimsAreExpected());
}

/** The error by which Middy ends a handler `timeoutEarlyInMillis` before the deadline. */
function isEarlyTimeout(error: unknown): boolean {
  const says = unheard(() => {
    const { name, cause } = error as { name?: unknown; cause?: { package?: unknown } };
    return name === 'TimeoutError' && cause?.package === '@middy/core';
  });
  return says === true;
}

const knownBare = new WeakSet<NonNullable<Settings['partialBatch']>>();

async function judgeUnwrapped<E>(invocation: Invocation, request: MiddyRequest<E>): Promise<BatchResponse> {
  if (invocation.claimed) {
    const error = new UndamError(
      'too-slow',
      'the handler answered before the eachRecord(), wholeBatch() or splitOnError() inside it had ended',
    );
    await invocation.conclusion.withdraw(error);
    throw error;
  }
  const { partialBatch, timeBudget } = invocation.settings;
  if (partialBatch) knownBare.add(partialBatch);
  if (partialBatch && timeBudget && !saidOf.has(timeBudget)) {
    saidOf.add(timeBudget);
    const problem =
      'timeBudget() cannot end a handler that nobody wrapped: wrap it with wholeBatch(), or give middy() a timeoutEarlyInMillis of reserveMs, unless it has one';
    invocation.emit({ type: 'budget-unenforced', problem });
  }
  return invocation.judgeAnswer(request.response, request.event);
}

const saidOf = new WeakSet<BudgetSettings>();

function bring<K extends keyof Settings>(invocation: Invocation, name: K, settings: NonNullable<Settings[K]>): void {
  if (invocation.settings[name] !== undefined) throw badOption(`${name}()`, 'expected once in a handler, got it twice');
  (invocation.settings as Record<K, typeof settings>)[name] = settings;
}

function isRetry(value: unknown): boolean {
  if (value === 'redelivery') return true;
  if (typeof value !== 'object' || value === null) return false;
  const ms = integer(0, 900_000);
  checkOptions('quarantine() retry', value, { baseMs: ms, capMs: ms });
  const { baseMs = 0, capMs = Infinity } = value as Backoff;
  return baseMs <= capMs;
}

/** A hook's name is what traces and Middy's own profiling hooks print. */
function named<F extends (...parameters: never[]) => unknown>(name: string, hook: F): F {
  return Object.defineProperty(hook, 'name', { value: name });
}
