import { JSON } from '../base/intrinsics.ts';
import { badOption, checkOptions } from '../base/options.ts';
import { type DistinctFailure, DistinctFailures } from './distinct-failures.ts';
import { placeOf } from './error-place.ts';
import { errorText, type LogErrors, logErrorsRule, loggedError } from './error-text.ts';
import { levelOf } from './event-level.ts';
import { guarded, type Observe, perInvocation, type UndamEvent } from './events.ts';
import { errorNames } from './redacted-error.ts';

/** Options of {@link logToConsole}. */
export interface LogToConsoleOptions {
  /**
   * Logs the error's text beside its name, code and place: `message`, up to 1,024 characters, or `stack`, the message and up to
   * 4,096 characters of stack; both for up to five causes, too. The text may quote a payload.
   *
   * @default none
   */
  readonly logErrors?: LogErrors;
}

/**
 * The default observer of `partialBatch()`: one console line for each event that an operator should know of, and at the end of an
 * invocation one for each distinct failure of its attempts, at most 10, with name, code, place and the number of records
 * affected. To add observers of your own: `observe: [logToConsole(), mine]`.
 *
 * A line is a JSON string; under Lambda's JSON log format (`AWS_LAMBDA_LOG_FORMAT`) an object, which Lambda's runtime logs as the
 * `message` of its own line.
 *
 * @throws UndamError `bad-option`
 */
export function logToConsole(options: LogToConsoleOptions = {}): Observe {
  checkOptions('logToConsole()', options, { logErrors: logErrorsRule });
  const { logErrors } = options;
  const failuresOf = perInvocation(() => new DistinctFailures(logErrors));
  return (event, invocation) => {
    if (event.type === 'attempt-failed') {
      failuresOf(invocation).add(event);
      return;
    }
    if (event.type === 'invocation-ended' && event.attemptsFailed > 0) logFailures(failuresOf(invocation));
    if (isWorthALine(event))
      log(levelOf(event) === 'error' ? 'error' : 'warn', { undam: event.type, ...fieldsOf(event, logErrors) });
  };
}

/**
 * The observer that the options of `owner` ask for, isolated from the engine.
 *
 * @throws UndamError `bad-option` for `logErrors` beside `observe`
 */
export function observerOf(
  owner: string,
  { observe, logErrors }: LogToConsoleOptions & { readonly observe?: Observe | readonly Observe[] },
): Observe {
  if (observe === undefined) return guarded(logToConsole(logErrors && { logErrors }));
  if (logErrors === undefined) return guarded(observe);
  throw badOption(
    owner,
    'logErrors: expected it without observe, got both: pass it to logToConsole(), as in observe: [logToConsole({ logErrors }), …]',
  );
}

function logFailures(failures: DistinctFailures): void {
  for (const failure of failures) log('warn', { undam: 'attempt-failed', ...failureFields(failure) });
  const { size } = failures.others;
  if (size > 0) log('warn', { undam: 'attempt-failed', problem: 'further distinct failures', records: size });
}

function failureFields({ attempts: _, hit, ...failure }: DistinctFailure): object {
  return { ...failure, records: hit.size };
}

function isWorthALine(event: UndamEvent): boolean {
  if (event.type === 'invocation-ended') return !event.responded || event.outcomes.held + event.outcomes.failed > 0;
  return levelOf(event) !== 'debug';
}

function fieldsOf({ type: _, ...event }: UndamEvent, logErrors: LogErrors | undefined): object {
  if (!('error' in event) || event.error === undefined) return event;
  const { error } = event;
  if (!('responded' in event)) return { ...event, error: loggedError(error, logErrors) };
  // The error of a failed invocation may quote the event.
  return { ...event, error: errorText(error, logErrors), ...errorNames(error), at: placeOf(error) };
}

/** Lambda's runtime clients log an object as the message of a line only if it is the only argument. */
function log(level: 'warn' | 'error', line: object): void {
  const isObjects = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  console[level](isObjects ? line : JSON.stringify(line));
}
