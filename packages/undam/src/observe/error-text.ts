import { type OptionRule, oneOf } from '../base/options.ts';
import type { KeptError } from '../envelope/envelope.ts';
import { keepError } from '../envelope/kept-error.ts';
import { type RedactedError, redactedError } from './redacted-error.ts';

/**
 * The logged text of an error, and of its causes, beside its name, code and place: the message, or the message and the stack.
 * Both may quote a payload.
 */
export type LogErrors = 'message' | 'stack';

export const logErrorsRule: OptionRule = oneOf('message', 'stack');

/** An error's text, bounded as in an envelope; `undefined` unless requested. Never throws. */
export function errorText(error: unknown, logErrors: LogErrors | undefined): KeptError | undefined {
  if (logErrors === undefined) return undefined;
  const kept = keepError(error);
  return logErrors === 'stack' ? kept : withoutStack(kept);
}

/** The logged form of a sink's or ledger's error. */
export function loggedError(error: unknown, logErrors: LogErrors | undefined): RedactedError {
  return { ...redactedError(error), ...errorText(error, logErrors) };
}

function withoutStack({ name, message, cause }: KeptError): KeptError {
  return { name, message, ...(cause && { cause: withoutStack(cause) }) };
}
