import { systemAmbient } from '../base/clock.ts';
import { aFunction, badOption, checkOptions, integer, type OptionRule, objectWith } from '../base/options.ts';
import { unheard } from '../base/thenable.ts';
import { DistinctFailures } from '../observe/distinct-failures.ts';
import { type LogErrors, logErrorsRule } from '../observe/error-text.ts';
import { isOrdinary, type LogLevel, levelOf } from '../observe/event-level.ts';
import { type Observe, type ObservedInvocation, perInvocation, type UndamEvent } from '../observe/events.ts';
import { logKeys, majorityWarning } from '../observe/names.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import type { StreamRecord } from '../streams/sources.ts';
import { fieldsOf, type LoggedFields } from './log-line.ts';
import { failedMajority } from './majority.ts';
import { type MetricsLike, publish } from './metric-set.ts';

/** What we use of Powertools' `Logger`. */
export type LoggerLike = Readonly<Record<LogLevel, (message: string, attributes: Record<string, unknown>) => void>>;

export interface ObserveWithOptions<R extends StreamRecord = KinesisStreamRecord> {
  /**
   * A `Logger` of `@aws-lambda-powertools/logger`. One summary line for each invocation, one for each quarantine, and
   * warnings for what an operator should know of, the first of each distinct failure of an invocation among it (10 at most);
   * other failed attempts at level `DEBUG`.
   */
  readonly logger?: LoggerLike;
  /**
   * A `Metrics` of `@aws-lambda-powertools/metrics`, which may be the one that the handler uses: nothing is added to it,
   * nothing of it is published. One set of metrics for each invocation, in one line.
   */
  readonly metrics?: MetricsLike;
  /**
   * What of an error is logged beside its name, code and place. Its text may quote a payload: `message`, up to 1,024
   * characters, or `stack`, that and up to 4,096 of the stack; of five causes, too. Of failed attempts, the warnings have it.
   *
   * @default neither
   */
  readonly logErrors?: LogErrors;
  /**
   * Of invocations in which every record was done at its first attempt, the share that gets a summary line: 0 to 1. All
   * others get one, and every invocation its metrics.
   *
   * @default 1
   */
  readonly sampleRate?: number;
  /**
   * The id that a line about a record has as `correlation_id`, such as one of the payload's. It gets the record as the
   * handler has left it. What it answers is logged as it is, up to 128 characters; a throw, or anything but a string, is
   * no id.
   */
  readonly correlationId?: (record: R) => string | undefined;
  /**
   * Warns where more than half of the records that an invocation settled failed for good, as long as these are so many
   * at least: 1 to 10,000.
   *
   * @default 5
   */
  readonly majorityFrom?: number;
}

/**
 * What operators see, through Powertools: `partialBatch({ observe: observeWith({ logger, metrics }) })`. No line shows
 * anything of a record's data, its partition key or its error's message, except what `correlationId` answers and `logErrors`
 * asks for.
 *
 * @throws UndamError `bad-option` at construction
 */
export function observeWith<R extends StreamRecord = KinesisStreamRecord>(options: ObserveWithOptions<R>): Observe {
  return observing(options, systemAmbient.random);
}

/** The same with randomness given: a number from 0 (inclusive) to 1 (exclusive). */
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
    // One that fails keeps nothing from the other.
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
      // A sink that is down refuses every record: the first one says why, the summary how many.
      if (refusalSaid.has(invocation)) return;
      refusalSaid.add(invocation);
    }
    const fields = fieldsOf(event, invocation, logErrors);
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
