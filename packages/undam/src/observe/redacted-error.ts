import { kindOf } from '../base/describe.ts';
import { isUndamError } from '../base/errors.ts';

/** An error without its message, which may quote a payload: name and code; for Undam's errors code and message. */
export interface RedactedError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
  /** The type of a thrown value that is no error. */
  readonly thrown?: string;
}

/** Names of classes, AWS exceptions and system errors. Any other name may be data. */
const identifier = /^[A-Za-z_$][\w$.:#-]{0,99}$/;

/** An error's name, or `unnamed`: a value that is no identifier may be a message or a payload. */
export function redactedName(name: unknown): string {
  return typeof name === 'string' && identifier.test(name) ? name : 'unnamed';
}

/** Redacts an error. Other errors' messages, and thrown values that are no errors, may hold a payload. Never throws. */
export function redactedError(error: unknown): RedactedError {
  try {
    if (isUndamError(error)) return { code: error.code, message: error.message, ...causeOf(error) };
    if (!(error instanceof Error)) return { thrown: kindOf(error) };
    const { code } = error as { code?: unknown };
    return { name: redactedName(error.name), ...(typeof code === 'string' && { code: redactedName(code) }) };
  } catch {
    return { thrown: 'an unreadable value' };
  }
}

/** The name and code of a thrown value. No message: even Undam's may quote an event. */
export interface ErrorNames {
  readonly errorName: string;
  readonly errorCode?: string;
}

/** Never throws. */
export function errorNames(error: unknown): ErrorNames {
  try {
    const { name, code } = Object(error) as { name?: unknown; code?: unknown };
    return { errorName: redactedName(name), ...(typeof code === 'string' && { errorCode: redactedName(code) }) };
  } catch {
    return { errorName: redactedName(undefined) };
  }
}

function causeOf({ cause }: Error): { cause?: RedactedError } {
  return cause === undefined ? {} : { cause: redactedError(cause) };
}
