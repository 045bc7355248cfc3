import { textOf } from './text.ts';

/** Something that will fail in operation, and how to mend it. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

/** How far a check goes. */
export interface CheckScope {
  /** Beside loading and configuring clients, ask their services whether the function may call: nothing is stored by that. */
  readonly permissions: boolean;
}

/** Both in one sentence. */
export function sentence({ what, remedy }: Problem): string {
  return `${what}; ${remedy}`;
}

/** The problem that an error, or the cause of one, carries. */
export function problemIn(error: unknown): Problem | undefined {
  const { problem, cause } = Object(error) as { readonly problem?: Problem; readonly cause?: unknown };
  return problem ?? (cause === undefined ? undefined : problemIn(cause));
}

/** What an error says of itself, shortened; for errors that cannot quote a payload. */
export function wordsOf(error: unknown): string {
  try {
    const { name, message } = Object(error) as { readonly name?: unknown; readonly message?: unknown };
    return (textOf(message) || textOf(name) || noReason).slice(0, 300);
  } catch {
    return noReason;
  }
}

const noReason = 'no reason was given';
