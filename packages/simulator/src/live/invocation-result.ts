import type { Exit } from './environment.ts';

/** How one invocation in an environment ended. */
export type EnvironmentResult =
  /** The handler answered; `payload` is its answer, parsed from JSON. */
  | { readonly kind: 'response'; readonly payload: unknown }
  /** The handler threw, the process reported an unhandled error, or the answer was too large. */
  | { readonly kind: 'error'; readonly error: RuntimeError }
  /** The deadline passed; the environment was killed. */
  | { readonly kind: 'timed-out' }
  /** The process ended without an answer. */
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** The environment did not start; the event never reached the handler. */
  | { readonly kind: 'init-error'; readonly error: RuntimeError };

/** An error as the runtime client posts it. */
export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** 6 MiB and 100 bytes: Lambda's limit for the request and for the response of a synchronous invocation. */
export const maxPayloadBytes: number = 6_291_556;

/** Reads a posted response. */
export function postedResponse(body: string, bytes: number): EnvironmentResult {
  if (bytes > maxPayloadBytes) {
    const errorMessage = `expected a response of at most ${maxPayloadBytes} bytes, got ${bytes}`;
    return { kind: 'error', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
  }
  try {
    return { kind: 'response', payload: JSON.parse(body || 'null') };
  } catch {
    return {
      kind: 'error',
      error: { errorType: 'Runtime.InvalidResponse', errorMessage: 'expected JSON as response, got something else' },
    };
  }
}

/** Reads a posted error. */
export function postedError(body: string): RuntimeError {
  try {
    const error = JSON.parse(body) as Partial<Record<keyof RuntimeError, unknown>> | null;
    return {
      errorType: typeof error?.errorType === 'string' ? error.errorType : 'Error',
      errorMessage: typeof error?.errorMessage === 'string' ? error.errorMessage : '',
    };
  } catch {
    return { errorType: 'Error', errorMessage: '' };
  }
}

/** The result for a process that ended before it asked for its first invocation. */
export function initExit({ code, signal, spawnError }: Exit): EnvironmentResult {
  const errorMessage = spawnError?.message ?? `The process ended before its first invocation: ${signal ?? code}`;
  return { kind: 'init-error', error: { errorType: 'Runtime.ExitError', errorMessage } };
}
