import { kindOf } from '../base/describe.ts';
import { isUndamError } from '../base/errors.ts';

/** An error as a log may show it: by name and code, and by message only where it is one of ours. */
export interface ShownError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
  /** What was thrown in the place of an error, by its kind. */
  readonly thrown?: string;
}

/** What a class, an AWS exception or a system error is called. Anything else in a name may be data. */
const identifier = /^[A-Za-z_$][\w$.:#-]{0,99}$/;

/** The name of an error where it is one; a message, or a payload, that stands in its place is not shown. */
export function shownName(name: unknown): string {
  return typeof name === 'string' && identifier.test(name) ? name : 'unnamed';
}

/**
 * Errors by name and code, and our own by message, too: others' messages may quote a payload, and what else is thrown may
 * be one. Never throws, whatever was thrown.
 */
export function shownError(error: unknown): ShownError {
  try {
    if (isUndamError(error)) return { code: error.code, message: error.message, ...causeOf(error) };
    if (!(error instanceof Error)) return { thrown: kindOf(error) };
    const { code } = error as { code?: unknown };
    return { name: shownName(error.name), ...(typeof code === 'string' && { code: shownName(code) }) };
  } catch {
    return { thrown: 'something that cannot be read' };
  }
}

/** What a handler or somebody else threw, by its name and code alone: any message may quote a payload, our own of an event, too. */
export interface ErrorNames {
  readonly errorName: string;
  readonly errorCode?: string;
}

/** Never throws, whatever was thrown. */
export function errorNames(error: unknown): ErrorNames {
  try {
    const { name, code } = Object(error) as { name?: unknown; code?: unknown };
    return { errorName: shownName(name), ...(typeof code === 'string' && { errorCode: shownName(code) }) };
  } catch {
    return { errorName: shownName(undefined) };
  }
}

function causeOf({ cause }: Error): { cause?: ShownError } {
  return cause === undefined ? {} : { cause: shownError(cause) };
}
