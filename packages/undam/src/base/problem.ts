import { textOf } from './text.ts';

/** A future failure, found in advance, and its remedy. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

/** The depth of a check. */
export interface CheckScope {
  /**
   * Also asks the services behind the clients for permission to call, without storing anything. False: only loads and configures
   * the clients.
   */
  readonly permissions: boolean;
}

/** The problem and its remedy in one sentence. */
export function sentence({ what, remedy }: Problem): string {
  return `${what}; ${remedy}`;
}

/** The problem attached to an error or to a cause of it. */
export function problemIn(error: unknown): Problem | undefined {
  const { problem, cause } = Object(error) as { readonly problem?: Problem; readonly cause?: unknown };
  return problem ?? (cause === undefined ? undefined : problemIn(cause));
}

/** An error's message, shortened; only for errors that cannot quote a payload. */
export function wordsOf(error: unknown): string {
  try {
    const { name, message } = Object(error) as { readonly name?: unknown; readonly message?: unknown };
    return (textOf(message) || textOf(name) || noReason).slice(0, 300);
  } catch {
    return noReason;
  }
}

const noReason = 'no reason given';
