import { type Ambient, systemAmbient } from '../base/clock.ts';
import { UndamError } from '../base/errors.ts';
import { badOption } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import { recognised } from '../engine/invocation/global-scope.ts';
import type { Invocation } from '../engine/invocation/invocation.ts';
import { closeInvocation, hasWrapper, openInvocation } from '../engine/invocation/registry.ts';
import type { Settings } from '../engine/invocation/settings.ts';
import { refuseUnwrapped } from '../engine/invocation/unwrapped.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { BatchResponse } from '../streams/response.ts';
import { Checks, isCheck } from './check-event.ts';
import { refuseEarlyPromise } from './early-promise.ts';
import { warnOfIdempotency } from './idempotent-batch.ts';

/** The part of Middy's request that Undam uses, typed by structure: Undam imports none of Middy's types. */
export interface MiddyRequest<E> {
  event: E;
  context: LambdaContext;
  response: BatchResponse | null | undefined;
  error: Error | null | undefined;
  internal: object;
  /** Once a hook has set it, Middy answers with it, without the handler. */
  earlyResponse?: unknown;
}

/** A Middy middleware of Undam. */
export interface StreamMiddleware<E> {
  before(request: MiddyRequest<E>): void | Promise<void>;
  after(request: MiddyRequest<E>): void | Promise<void>;
  onError(request: MiddyRequest<E>): void | Promise<void>;
}

/** Middy's request carries its invocation. A `WeakMap` would keep both, and the batch, until V8's next major collection. */
const ofRequest: unique symbol = Symbol('invocation');

interface Opened {
  readonly invocation: Invocation;
  /** The hooks of our outermost middleware. */
  readonly hooks: object;
  /** True while an `onError` of ours is at work, within the budget. */
  isLeaving: boolean;
}

type Request<E> = MiddyRequest<E> & { [ofRequest]?: Opened };

/** Makes the hooks of each middleware, on a given clock and source of randomness. */
export class Hooks {
  readonly ambient: Ambient;
  readonly checks: Checks;

  constructor(ambient: Ambient) {
    this.ambient = ambient;
    this.checks = new Checks(ambient);
  }

  /** @param joined called in each invocation, once it has the middleware's settings */
  of<E, K extends keyof Settings>(
    name: K,
    settings: NonNullable<Settings[K]>,
    joined: (invocation: Invocation) => void | Promise<void> = () => {},
  ): StreamMiddleware<E> {
    this.checks.add({ [name]: settings });
    const hooks = new MiddlewareHooks<E, K>(this, name, settings, joined);
    return {
      before: hook(`${name}Before`, (request) => hooks.before(request)),
      after: hook(`${name}After`, (request) => hooks.after(request)),
      onError: hook(`${name}OnError`, (request) => hooks.onError(request)),
    };
  }
}

/** The hooks of the public middlewares, on the process's clock. */
export const systemHooks: Hooks = new Hooks(systemAmbient);

/**
 * The hooks that all middlewares of Undam share: `before` registers, the handler wrapper settles the outcome, and every `after`
 * confirms it, because Middy skips the outer hooks once a hook between two of ours returns a value. A hook of ours returns nothing,
 * or a promise of nothing, for the same reason.
 */
class MiddlewareHooks<E, K extends keyof Settings> {
  readonly #hooks: Hooks;
  readonly #name: K;
  readonly #settings: NonNullable<Settings[K]>;
  readonly #joined: (invocation: Invocation) => void | Promise<void>;

  constructor(
    hooks: Hooks,
    name: K,
    settings: NonNullable<Settings[K]>,
    joined: (invocation: Invocation) => void | Promise<void>,
  ) {
    this.#hooks = hooks;
    this.#name = name;
    this.#settings = settings;
    this.#joined = joined;
  }

  before(request: Request<E>): void | Promise<void> {
    const opened = request[ofRequest];
    if (opened === undefined && isCheck(request.event)) return this.#answerCheck(request);
    const invocation = opened?.invocation ?? openInvocation(request.event, request.context, this.#hooks.ambient);
    try {
      // First, so that the observer also learns of an unreadable event.
      this.#bring(invocation);
      if (opened === undefined) this.#open(invocation, request);
      return this.#joined(invocation);
    } catch (error) {
      return invocation.conclusion.giveUp(error).then(() => {
        throw error;
      });
    }
  }

  async #answerCheck(request: Request<E>): Promise<void> {
    const { event, context } = request;
    if (isCheck(event)) request.earlyResponse = await this.#hooks.checks.answer(event, context, hasWrapper());
  }

  #bring({ settings }: Invocation): void {
    const name = this.#name;
    if (settings[name] !== undefined) throw badOption(`${name}()`, 'expected once in each handler, got twice');
    settings[name] = this.#settings as Settings[K];
  }

  #open(invocation: Invocation, request: Request<E>): void {
    const opened: Opened = { invocation, hooks: this, isLeaving: false };
    request[ofRequest] = opened;
    refuseEarlyPromise(request);
    // Middy skips every `after` if a `before` answers early, and every other `onError` if one throws.
    const left = (): 'answered-early' | 'failed' | undefined => {
      if ('earlyResponse' in request) return 'answered-early';
      return request.error == null || opened.isLeaving ? undefined : 'failed';
    };
    invocation.watchUntil(left, (error = request.error) => {
      void invocation.conclusion.giveUp(error).finally(() => closeInvocation(invocation));
    });
    invocation.read();
  }

  after(request: Request<E>): void | Promise<void> {
    const opened = request[ofRequest];
    if (opened === undefined) return;
    const { invocation } = opened;
    const { conclusion } = invocation;
    const { response } = request;
    warnOfIdempotency(invocation, request.internal);
    // Middy awaits only promises of the global `Promise`.
    if (isThenable(response)) return this.#afterAll(opened, request);
    try {
      const confirmed = conclusion.isOpen ? refuse(invocation) : conclusion.confirm(response);
      if (!isThenable(confirmed)) return this.#leave(opened);
      return confirmed
        .then((response) => {
          request.response = response;
        })
        .finally(() => this.#leave(opened));
    } catch (error) {
      this.#leave(opened);
      throw error;
    }
  }

  async #afterAll({ invocation }: Opened, request: Request<E>): Promise<void> {
    try {
      request.response = await request.response;
    } catch (error) {
      await invocation.conclusion.withdraw(error);
      throw error;
    }
    await this.after(request);
  }

  async onError(request: Request<E>): Promise<void> {
    const opened = request[ofRequest];
    if (opened === undefined) return;
    const { invocation } = opened;
    warnOfIdempotency(invocation, request.internal);
    opened.isLeaving = true;
    try {
      await invocation.conclusion.withdraw(request.error);
    } catch {
      // The error that Middy is about to throw names the cause; one of ours would only hide it.
    } finally {
      opened.isLeaving = false;
      this.#leave(opened);
    }
  }

  #leave({ invocation, hooks }: Opened): void {
    if (hooks === this) closeInvocation(invocation);
  }
}

/** Fails an invocation whose handler has answered while its outcome is still open. */
async function refuse(invocation: Invocation): Promise<never> {
  const error = invocation.isTaken
    ? new UndamError(
        'too-slow',
        'the handler answered before the eachRecord(), wholeBatch() or splitOnError() inside it had settled: await that call',
      )
    : refuseUnwrapped(invocation.settings.partialBatch, invocation.isEmpty);
  await invocation.conclusion.withdraw(error);
  throw error;
}

/** Names the hook: traces and Middy's own profiling hooks print the name. */
function hook<E>(
  name: string,
  run: (request: Request<E>) => void | Promise<void>,
): (request: MiddyRequest<E>) => void | Promise<void> {
  const hook = (request: Request<E>): void | Promise<void> => {
    const running = run(request);
    return running && recognised(running, (event) => request[ofRequest]?.invocation.emit(event));
  };
  return Object.defineProperty(hook, 'name', { value: name });
}
