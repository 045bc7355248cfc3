import { systemAmbient } from '../base/clock.ts';
import { aFunction, badOption, checkOptions, integer, type OptionRule, objectWith } from '../base/options.ts';
import { unheard } from '../base/thenable.ts';
import { DistinctFailures } from '../observe/distinct-failures.ts';
import { type LogErrors, logErrorsRule } from '../observe/error-text.ts';
import { isOrdinary, type LogLevel, levelOf } from '../observe/event-level.ts';
import { type Observe, type ObservedInvocation, perInvocation, type UndamEvent } from '../observe/events.ts';
import { logKeys, majorityWarning } from '../observe/names.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { StreamRecord } from '../streams/sources.ts';
import { type LoggedFields, logFields } from './log-line.ts';
import { failedMajority } from './majority.ts';
import { type MetricsLike, publish } from './metric-set.ts';

/** The part of Powertools' `Logger` that Undam uses. */
export type LoggerLike = Readonly<Record<LogLevel, (message: string, attributes: Record<string, unknown>) => void>>;

/** Options of {@link observeWith}. */
export interface ObserveWithOptions<R extends StreamRecord = KinesisStreamRecord> {
  /**
   * A `Logger` of `@aws-lambda-powertools/logger`. It gets a summary line for each invocation, a line for each quarantine and
   * warnings for operators, among them the first attempt of each distinct failure of an invocation (at most 10). Other failed
   * attempts are logged at level `DEBUG`. Required unless `metrics` is given.
   *
   * @default none
   */
  readonly logger?: LoggerLike;
  /**
   * A `Metrics` of `@aws-lambda-powertools/metrics`, possibly the handler's own: Undam neither adds to it nor publishes it. Each
   * invocation publishes one set of metrics, in one line. Required unless `logger` is given.
   *
   * @default none
   */
  readonly metrics?: MetricsLike;
  /**
   * Logs the error's text beside its name, code and place: `message`, up to 1,024 characters, or `stack`, the message and up to
   * 4,096 characters of stack; both for up to five causes, too. The text may quote a payload. For failed attempts only the
   * warnings have it.
   *
   * @default none
   */
  readonly logErrors?: LogErrors;
  /**
   * The share, 0 to 1, of unremarkable invocations that get a summary line: those with every record done at its first attempt.
   * All others get one, and all get metrics.
   *
   * @default 1
   */
  readonly sampleRate?: number;
  /**
   * Extracts the id, such as one in the payload, that lines about a record carry as `correlation_id`. Receives the record as the
   * handler left it. Strings are logged as they are, up to 128 characters; other values and errors mean no id.
   *
   * @default no `correlation_id`
   */
  readonly correlationId?: (record: R) => string | undefined;
  /**
   * The minimum number of failures, 1 to 10,000, for the warning that more than half of an invocation's settled records failed
   * for good.
   *
   * @default 5
   */
  readonly majorityFrom?: number;
}

/**
 * Logs and metrics for operators, through Powertools: `partialBatch({ observe: observeWith({ logger, metrics }) })`. Lines hold
 * no part of a record's data, its partition key or its error's message, except the result of `correlationId` and the text that
 * `logErrors` requests.
 *
 * @throws UndamError `bad-option` at construction
 */
export function observeWith<R extends StreamRecord = KinesisStreamRecord>(options: ObserveWithOptions<R>): Observe {
  return observing(options, systemAmbient.random);
}

/** The same with injected randomness: numbers from 0 (inclusive) to 1 (exclusive). */
export function observing<R extends StreamRecord>(options: ObserveWithOptions<R>, random: () => number): Observe {
  checkOptions('observeWith()', options, {
    logger: objectWith('debug', 'info', 'warn', 'error'),
    metrics: objectWith('singleMetric'),
    logErrors: logErrorsRule,
    sampleRate: share,
    correlationId: aFunction,
    majorityFrom: integer(1, 10_000),
  });
  const { logger, metrics, sampleRate = 1 } = options;
  if (logger === undefined && metrics === undefined)
    throw badOption('observeWith()', 'expected a logger, metrics or both, got neither');
  const observers: Observe[] = [];
  if (logger !== undefined) observers.push(logging(logger, options, () => random() < sampleRate));
  if (metrics !== undefined) observers.push(measuring(metrics));
  return (event, invocation) => {
    // Isolated: the failure of one does not affect the other.
    for (const observe of observers) unheard(() => observe(event, invocation));
  };
}

function logging<R extends StreamRecord>(
  logger: LoggerLike,
  options: ObserveWithOptions<R>,
  isSampled: () => boolean,
): Observe {
  const { correlationId, logErrors, majorityFrom = 5 } = options;
  const failuresOf = perInvocation(() => new DistinctFailures(logErrors));
  const refusalSaid = new WeakSet<ObservedInvocation>();

  function write(level: LogLevel, fields: LoggedFields, id?: string): void {
    const correlation = id === undefined ? {} : { [logKeys.correlationId]: id };
    logger[level](`undam: ${String(fields.event)}`, { [logKeys.ours]: fields, ...correlation });
  }

  return (event, invocation) => {
    if (event.type === 'quarantine-refused') {
      // A sink that is down refuses every record: the first refusal gives the reason, the summary the count.
      if (refusalSaid.has(invocation)) return;
      refusalSaid.add(invocation);
    }
    const fields = logFields(event, invocation, logErrors);
    const id = correlationId && correlationOf(event, invocation, correlationId);
    if (event.type === 'attempt-failed') {
      const { at, error, attempts } = failuresOf(invocation).add(event) ?? {};
      return attempts === 1 ? write('warn', { ...fields, at, error }, id) : write('debug', { ...fields, at }, id);
    }
    if (event.type !== 'invocation-ended') return write(levelOf(event), fields, id);
    if (!isOrdinary(event) || isSampled()) write(levelOf(event), fields);
    const majority = failedMajority(event, majorityFrom);
    if (majority === undefined) return;
    const { requestId, stream, shardId } = fields;
    write('warn', { event: majorityWarning, requestId, stream, shardId, ...majority });
  };
}

function measuring(metrics: MetricsLike): Observe {
  return (event, invocation) => {
    if (event.type === 'invocation-ended') publish(metrics, event, invocation);
  };
}

function correlationOf<R extends StreamRecord>(
  event: UndamEvent,
  invocation: ObservedInvocation,
  correlationId: (record: R) => unknown,
): string | undefined {
  if (!('record' in event)) return undefined;
  const record = invocation.record(event.record.index);
  const id = record && unheard(() => correlationId(record as R));
  return typeof id === 'string' && id !== '' ? id.slice(0, 128) : undefined;
}

const share: OptionRule = {
  expected: 'a number from 0 to 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
};
