import { type OptionRule, oneOf } from '../base/options.ts';
import type { KeptError } from '../envelope/envelope.ts';
import { keepError } from '../envelope/kept-error.ts';
import { type ShownError, shownError } from './redacted-error.ts';

/**
 * What a log shows of an error beside its name, code and place: its message, or that and the stack; of its causes, too. Any
 * of these may quote a payload.
 */
export type LogErrors = 'message' | 'stack';

export const logErrorsRule: OptionRule = oneOf('message', 'stack');

/** The text of an error, bounded as in an envelope; nothing where nobody has asked for it. Never throws, whatever was thrown. */
export function errorText(error: unknown, logErrors: LogErrors | undefined): KeptError | undefined {
  if (logErrors === undefined) return undefined;
  const kept = keepError(error);
  return logErrors === 'stack' ? kept : withoutStack(kept);
}

/** A sink's or ledger's error as a log shows it. */
export function loggedError(error: unknown, logErrors: LogErrors | undefined): ShownError {
  return { ...shownError(error), ...errorText(error, logErrors) };
}

function withoutStack({ name, message, cause }: KeptError): KeptError {
  return { name, message, ...(cause && { cause: withoutStack(cause) }) };
}
