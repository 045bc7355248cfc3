import { maxResponseBytes } from 'undam/mapping';
import type { StreamEvent } from '../mapping/ports.ts';
import { wordsOf } from '../thrown.ts';
import type { SimulatedContext } from './simulated-context.ts';

/** A Lambda handler for stream batches. */
export type SimulatedHandler = (event: never, context: never) => unknown;

/** How one invocation ended, as Lambda's metrics see it. */
export type InvocationEnd = 'response' | 'error' | 'timed-out' | 'crashed';

/** The error with which a handler rejected. It has no stack, because stacks differ between versions of Node. */
export interface HandlerError {
  readonly name: string;
  readonly message: string;
}

/** A cold start that failed. */
export interface FailedStart {
  readonly error: HandlerError;
}

/** The end of a call, with its answer or its error. */
export interface Ended {
  readonly end: InvocationEnd;
  readonly payload?: unknown;
  readonly error?: HandlerError;
}

export function failedStart(name: string, message: string): FailedStart {
  return { error: { name, message } };
}

/** The result of a cold start: the handler, or the reason of the failure. */
export function startedWith(handler: unknown): { readonly handler: SimulatedHandler } | FailedStart {
  if (typeof handler !== 'function') {
    return failedStart('Runtime.HandlerNotFound', `expected a function as handler, got ${typeof handler}`);
  }
  // Documented: Node.js 24 on Lambda refuses callback handlers. Here, a callback that never comes would count as success.
  if (handler.length > 2) {
    const message = 'expected a handler that returns a promise, got one with a callback as third parameter';
    return failedStart('Runtime.CallbackHandlerDeprecated', message);
  }
  return { handler: handler as SimulatedHandler };
}

/**
 * For a value that is not a promise, the runtime client of nodejs22.x answers `null`, which Lambda takes as success; that of
 * nodejs24.x answers the value. A test must hold under both.
 */
const withoutPromise: Ended = {
  end: 'error',
  error: {
    name: 'Runtime.NoPromise',
    message: 'expected a handler that returns a promise: nodejs22.x answers null for anything else; make it async',
  },
};

/** Calls a handler and takes its answer as JSON, as Lambda does. Never rejects. */
export async function answerOf(
  handler: SimulatedHandler,
  event: StreamEvent,
  context: SimulatedContext,
): Promise<Ended> {
  try {
    const answering = handler(event as never, context as never);
    if (typeof (answering as PromiseLike<unknown> | null | undefined)?.then !== 'function') return withoutPromise;
    const answer = await answering;
    const text = JSON.stringify(answer ?? null) ?? 'null';
    // Documented: a larger response is a function error.
    const bytes = Buffer.byteLength(text);
    if (bytes > maxResponseBytes) {
      const message = `expected a response of at most ${maxResponseBytes} bytes, got ${bytes}`;
      return { end: 'error', error: { name: 'Function.ResponseSizeTooLarge', message } };
    }
    return { end: 'response', payload: JSON.parse(text) };
  } catch (error) {
    return { end: 'error', error: wordsOf(error) };
  }
}
