import type { Backoff } from '../base/backoff.ts';
import type { Ambient } from '../base/clock.ts';
import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { aFunction, badOption, checkOptions, integer, objectWith, oneOrMore, required } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import { recognised, restoreGlobal } from '../engine/invocation/global-scope.ts';
import type { Invocation } from '../engine/invocation/invocation.ts';
import { claimsAreExpected, meet, metBy, part } from '../engine/invocation/registry.ts';
import type { Settings } from '../engine/invocation/settings.ts';
import { demandWrapper, refuseUnwrapped } from '../engine/invocation/unwrapped.ts';
import { Redeliveries } from '../engine/recall/redeliveries.ts';
import { Environment } from '../engine/run/environment.ts';
import { defaultReserveMs, leastReserveMs } from '../engine/time/budget.ts';
import { fileLedger } from '../ledgers/file/file-ledger.ts';
import type { Ledger } from '../ledgers/ledger.ts';
import { memoryLedger } from '../ledgers/memory.ts';
import { logErrorsRule } from '../observe/error-text.ts';
import { observerOf } from '../observe/log-to-console.ts';
import { Checks, isCheck } from './check-event.ts';
import { refuseEarlyPromise } from './early-promise.ts';
import { warnOfIdempotency } from './idempotent-batch.ts';
import type {
  Middlewares,
  MiddyRequest,
  PartialBatchOptions,
  QuarantineOptions,
  StreamGuardOptions,
  StreamMiddleware,
  ThreeMiddlewares,
  TimeBudgetOptions,
} from './options.ts';

/** The middlewares on a given clock and randomness. */
export function createMiddlewares(ambient: Ambient): Middlewares {
  const three = createThree(ambient);
  return { ...three, streamGuard: (options) => guardStream(three, options) };
}

/** All but `streamGuard()`, which a bundle has only where it is used. */
export function createThree(ambient: Ambient): ThreeMiddlewares {
  const checks = new Checks(ambient);

  function partialBatch<E>(options: PartialBatchOptions = {}): StreamMiddleware<E> {
    checkOptions('partialBatch()', options, {
      ledger: objectWith('recall', 'remember'),
      observe: oneOrMore(aFunction),
      logErrors: logErrorsRule,
    });
    const { ledger = defaultLedger() } = options;
    const observe = observerOf('partialBatch()', options);
    const settings = { ledger, observe, environment: new Environment(), redeliveries: new Redeliveries() };
    return middleware('partialBatch', ambient, checks, settings, (invocation) => {
      demandWrapper(settings);
      restoreGlobal('AbortController', invocation.emit);
      return invocation.recall();
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
    return middleware('quarantine', ambient, checks, settings, () => {});
  }

  function timeBudget<E>(options: TimeBudgetOptions = {}): StreamMiddleware<E> {
    checkOptions('timeBudget()', options, {
      reserveMs: integer(leastReserveMs, 900_000),
      recordMs: integer(1, 900_000),
    });
    const { reserveMs = defaultReserveMs, recordMs = Infinity } = options;
    const settings = { reserveMs, recordMs };
    return middleware('timeBudget', ambient, checks, settings, () => {});
  }

  return { partialBatch, quarantine, timeBudget };
}

/** `streamGuard()`, made of the three. */
export function guardStream<E>(three: ThreeMiddlewares, options: StreamGuardOptions): StreamMiddleware<E>[] {
  checkOptions('streamGuard()', options, {
    quarantine: required(objectWith()),
    timeBudget: objectWith(),
    ledger: objectWith('recall', 'remember'),
    observe: oneOrMore(aFunction),
    logErrors: logErrorsRule,
  });
  const { quarantine, timeBudget, ...partialBatch } = options;
  return [three.partialBatch(partialBatch), three.quarantine(quarantine), three.timeBudget(timeBudget)];
}

/** Under Lambda's runtime there is a disk that a crash does not clear. */
function defaultLedger(): Ledger {
  return process.env.AWS_LAMBDA_RUNTIME_API === undefined ? memoryLedger() : fileLedger();
}

/**
 * The hooks that all three share: `before` registers; the handler wrapper settles the outcome; the first of ours on the way
 * out confirms it. No hook answers anything but a promise of nothing: Middy would skip the hooks of others.
 */
function middleware<E, K extends keyof Settings>(
  name: K,
  ambient: Ambient,
  checks: Checks,
  settings: NonNullable<Settings[K]>,
  join: (invocation: Invocation) => void | Promise<void>,
): StreamMiddleware<E> {
  const opener = Symbol(name);
  checks.add({ [name]: settings });

  function before(request: MiddyRequest<E>): void | Promise<void> {
    const { event, context } = request;
    if (isCheck(event)) {
      return checks.answer(event, context, claimsAreExpected()).then((answer) => {
        request.earlyResponse = answer;
      });
    }
    const { invocation, opened } = meet(request, ambient);
    try {
      // First of all: who observes is told of an event that cannot be read, too.
      bring(invocation, name, settings);
      if (opened) open(invocation, request);
      return join(invocation);
    } catch (error) {
      return invocation.conclusion.giveUp(error).then(() => {
        throw error;
      });
    }
  }

  function open(invocation: Invocation, request: MiddyRequest<E>): void {
    invocation.opener = opener;
    refuseEarlyPromise(request);
    // A `before` that answers early makes Middy skip every `after`, an `onError` that throws every other `onError`.
    const left = (): 'answered-early' | 'failed' | undefined => {
      if ('earlyResponse' in request) return 'answered-early';
      return request.error == null || invocation.isLeaving ? undefined : 'failed';
    };
    invocation.watchUntil(left, (error = request.error) => {
      void invocation.conclusion.giveUp(error).finally(() => part(invocation));
    });
    invocation.read();
  }

  function after(request: MiddyRequest<E>): void | Promise<void> {
    const invocation = metBy(request);
    if (invocation === undefined) return;
    warnOfIdempotency(invocation, request.internal);
    // Middy awaits no promise but those of the `Promise` that stands in the global scope.
    if (isThenable(request.response)) return afterAll(invocation, request);
    const leave = (): void => {
      if (invocation.opener === opener) part(invocation);
    };
    try {
      const { conclusion } = invocation;
      const confirmed = conclusion.isOpen() ? refuse(invocation) : conclusion.confirm(request.response);
      if (!isThenable(confirmed)) return leave();
      return confirmed
        .then((response) => {
          request.response = response;
        })
        .finally(leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  async function afterAll(invocation: Invocation, request: MiddyRequest<E>): Promise<void> {
    try {
      request.response = await request.response;
    } catch (error) {
      await invocation.conclusion.withdraw(error);
      throw error;
    }
    await after(request);
  }

  async function onError(request: MiddyRequest<E>): Promise<void> {
    const invocation = metBy(request);
    if (invocation === undefined) return;
    warnOfIdempotency(invocation, request.internal);
    invocation.isLeaving = true;
    try {
      await invocation.conclusion.withdraw(request.error);
    } catch {
      // The error that Middy is about to throw names the cause; one of ours would only hide it.
    } finally {
      invocation.isLeaving = false;
      if (invocation.opener === opener) part(invocation);
    }
  }

  return {
    before: hook(`${name}Before`, before),
    after: hook(`${name}After`, after),
    onError: hook(`${name}OnError`, onError),
  };
}

/** The handler has answered, and its outcome is still open. */
async function refuse(invocation: Invocation): Promise<never> {
  const error = invocation.claimed
    ? new UndamError(
        'too-slow',
        'the handler answered before the eachRecord(), wholeBatch() or splitOnError() inside it had ended: await it',
      )
    : refuseUnwrapped(invocation.settings.partialBatch, invocation.isEmpty);
  await invocation.conclusion.withdraw(error);
  throw error;
}

function bring<K extends keyof Settings>(invocation: Invocation, name: K, settings: NonNullable<Settings[K]>): void {
  if (invocation.settings[name] !== undefined) throw badOption(`${name}()`, 'expected once in a handler, got it twice');
  (invocation.settings as Record<K, typeof settings>)[name] = settings;
}

function isRetry(value: unknown): boolean {
  if (value === 'redelivery') return true;
  if (!isObject(value)) return false;
  const ms = integer(0, 900_000);
  checkOptions('quarantine() retry', value, { baseMs: ms, capMs: ms });
  const { baseMs = 0, capMs = Infinity } = value as Backoff;
  return baseMs <= capMs;
}

/** A hook's name is what traces and Middy's own profiling hooks print. */
function hook<R extends object>(
  name: string,
  run: (request: R) => void | Promise<void>,
): (request: R) => void | Promise<void> {
  const hook = (request: R): void | Promise<void> => {
    const running = run(request);
    return running && recognised(running, (event) => metBy(request)?.emit(event));
  };
  return Object.defineProperty(hook, 'name', { value: name });
}
