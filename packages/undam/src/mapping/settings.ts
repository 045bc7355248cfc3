import { isObject } from '../base/is-object.ts';
import { EventSourceMappingError, invalid } from './error.ts';
import { type FilterCriteria, mustBeFilters } from './filter.ts';

/**
 * Settings of an event source mapping for Kinesis or DynamoDB Streams, under AWS's own names.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export interface EventSourceMappingSettings {
  /** The position at which reading starts in the shards that exist at creation. Required. `AT_TIMESTAMP` for Kinesis only. */
  readonly StartingPosition: StartingPosition;
  /** Epoch milliseconds, not in the future, truncated to whole seconds. Only with `AT_TIMESTAMP`. */
  readonly StartingPositionTimestamp?: number;
  /** Maximum records per invocation, 1 to 10,000. @default 100 */
  readonly BatchSize?: number;
  /** Seconds to gather records, 0 to 300. @default 0 */
  readonly MaximumBatchingWindowInSeconds?: number;
  /** Concurrent batches per shard, 1 to 10. @default 1 */
  readonly ParallelizationFactor?: number;
  /** Retries after the first attempt, 0 to 10,000; -1 retries until the records expire. @default -1 */
  readonly MaximumRetryAttempts?: number;
  /** Maximum age in seconds, 60 to 604,800; -1 means no limit. @default -1 */
  readonly MaximumRecordAgeInSeconds?: number;
  /** Halves a batch on which the function failed. @default false */
  readonly BisectBatchOnFunctionError?: boolean;
  /** `ReportBatchItemFailures` makes the mapping read `batchItemFailures` from the response. @default [] */
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[];
  /** Seconds of a tumbling window, 0 (off) to 900. @default 0 */
  readonly TumblingWindowInSeconds?: number;
  /**
   * The destination for metadata of discarded batches: the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket.
   * @default none
   */
  readonly DestinationConfig?: DestinationConfig;
  /** Patterns that select the records to deliver. @default no filters */
  readonly FilterCriteria?: FilterCriteria;
  /** The key that encrypts the filter criteria (not the records). @default none */
  readonly KMSKeyArn?: string;
  /** Opt-in metrics: stream mappings have `EventCount` only. @default none */
  readonly MetricsConfig?: { readonly Metrics?: readonly 'EventCount'[] };
  /** `false` pauses the mapping and keeps its position. @default true */
  readonly Enabled?: boolean;
}

/** A position in a shard, under AWS's own name. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';

/** The destination for metadata of discarded batches. */
export interface DestinationConfig {
  readonly OnFailure?: { readonly Destination?: string };
}

type WithoutDefault = 'StartingPositionTimestamp' | 'KMSKeyArn' | 'MetricsConfig';

/** The same settings with all defaults filled in. */
export type EventSourceMapping = Required<Omit<EventSourceMappingSettings, WithoutDefault>> &
  Pick<EventSourceMappingSettings, WithoutDefault>;

/** The legal values of a setting: whole numbers from `min` to `max`, and those in `also`. */
export interface SettingRange {
  readonly min: number;
  readonly max: number;
  readonly also?: readonly number[];
}

/** From Botocore's Lambda model (2015-03-31); the 60 s of `MaximumRecordAgeInSeconds` from its CloudFormation reference. */
export const mappingRanges: Readonly<Record<NumberSetting, SettingRange>> = {
  BatchSize: { min: 1, max: 10_000 },
  MaximumBatchingWindowInSeconds: { min: 0, max: 300 },
  ParallelizationFactor: { min: 1, max: 10 },
  MaximumRetryAttempts: { min: -1, max: 10_000 },
  MaximumRecordAgeInSeconds: { min: 60, max: 604_800, also: [-1] },
  TumblingWindowInSeconds: { min: 0, max: 900 },
};

/** The names of the numeric settings. */
export type NumberSetting =
  | 'BatchSize'
  | 'MaximumBatchingWindowInSeconds'
  | 'ParallelizationFactor'
  | 'MaximumRetryAttempts'
  | 'MaximumRecordAgeInSeconds'
  | 'TumblingWindowInSeconds';

/** AWS's defaults, as the response for a new mapping shows them. */
export const mappingDefaults: Readonly<Omit<EventSourceMapping, 'StartingPosition'>> = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  FunctionResponseTypes: [],
  TumblingWindowInSeconds: 0,
  DestinationConfig: { OnFailure: {} },
  FilterCriteria: { Filters: [] },
  Enabled: true,
};

/**
 * The largest event of a synchronous invocation: 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const maxRequestBytes = 6_291_456;

/** The largest response: 6 MB plus 100 bytes, according to Lambda's error message (`Function.ResponseSizeTooLarge`). */
export const maxResponseBytes = 6_291_556;

/** Settings of mappings for sources other than streams. Lambda's message is recorded for `ScalingConfig`. */
const foreignSettings: readonly string[] = ['ScalingConfig', 'ProvisionedPollerConfig', 'LoggingConfig'];

/** The stream that the mapping reads. */
export interface MappingSource {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly streamArn: string;
}

/**
 * Creates a mapping like Lambda: fills in AWS's defaults and refuses invalid settings.
 *
 * @param now epoch milliseconds, the upper bound of `StartingPositionTimestamp`
 * @throws EventSourceMappingError under AWS's error name, with AWS's message where recorded; also for settings of mappings for
 *   other sources
 */
export function createEventSourceMapping(
  settings: EventSourceMappingSettings,
  source: MappingSource,
  now: number,
): EventSourceMapping {
  const withoutDefault = ['StartingPosition', 'StartingPositionTimestamp', 'KMSKeyArn', 'MetricsConfig'];
  const known = [...withoutDefault, ...Object.keys(mappingDefaults)];
  for (const name of Object.keys(settings)) {
    if (foreignSettings.includes(name)) {
      throw invalid(`Unsupported ${name} parameter for given event source mapping type.`);
    }
    if (!known.includes(name))
      throw invalid(`${name}: unknown setting of a stream's mapping; expected ${known.join(', ')}`);
  }
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const mapping: EventSourceMapping = { ...mappingDefaults, ...(given as typeof settings) };
  for (const name of Object.keys(mappingRanges) as NumberSetting[]) mustBeInRange(name, mapping[name]);
  mustBeBoolean('BisectBatchOnFunctionError', mapping.BisectBatchOnFunctionError);
  mustBeBoolean('Enabled', mapping.Enabled);
  mustBeResponseTypes(mapping.FunctionResponseTypes);
  mustBeDestination(mapping.DestinationConfig);
  mustBeFilters(mapping.FilterCriteria, source.kind);
  mustBeMetrics(mapping.MetricsConfig);
  mustBePosition(mapping, source, now);
  mustGoWithWindow(mapping);
  const { StartingPositionTimestamp: timestamp } = mapping;
  // Recorded: Lambda truncates the timestamp to whole seconds.
  return timestamp === undefined ? mapping : { ...mapping, StartingPositionTimestamp: cutToSeconds(timestamp) };
}

/** Recorded: a tumbling window excludes sub-shards and filters; an empty list of filters is legal. */
function mustGoWithWindow({
  TumblingWindowInSeconds,
  ParallelizationFactor,
  FilterCriteria,
}: EventSourceMapping): void {
  if (TumblingWindowInSeconds === 0) return;
  if (ParallelizationFactor > 1) {
    throw invalid('Parallelization factor must be equal to 1 when tumbling window period is configured');
  }
  if (FilterCriteria.Filters.length > 0) {
    throw invalid('FilterCriteria: expected no filters beside TumblingWindowInSeconds, which Lambda refuses together');
  }
}

function mustBeInRange(name: NumberSetting, value: number): void {
  const { min, max, also = [] } = mappingRanges[name];
  if (Number.isInteger(value) && ((value >= min && value <= max) || also.includes(value))) return;
  const others = also.map((other) => ` or ${other}`).join('');
  const message = `${name}: expected a whole number from ${min} to ${max}${others}, got ${String(value)}`;
  // Documented: the model's range includes ages from 0 to 59, but Lambda refuses them.
  const isWithinModel = Number.isInteger(value) && value >= Math.min(min, ...also) && value <= max;
  if (isWithinModel && name === 'MaximumRecordAgeInSeconds') throw invalid(ageOutOfRange);
  throw new EventSourceMappingError('ValidationException', message);
}

const ageOutOfRange = 'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)';

function mustBeBoolean(name: string, value: boolean): void {
  if (typeof value !== 'boolean') throw invalid(`${name}: expected true or false, got ${String(value)}`);
}

function mustBeResponseTypes(types: EventSourceMapping['FunctionResponseTypes']): void {
  const isValid =
    Array.isArray(types) && types.length <= 1 && types.every((type) => type === 'ReportBatchItemFailures');
  if (isValid) return;
  const expected = "expected ['ReportBatchItemFailures'] or an empty list";
  throw new EventSourceMappingError('ValidationException', `FunctionResponseTypes: ${expected}`);
}

function mustBeMetrics(config: EventSourceMapping['MetricsConfig']): void {
  if (config === undefined) return;
  const { Metrics = [] } = Object(config) as NonNullable<typeof config>;
  if (Array.isArray(Metrics) && Metrics.every((metric) => metric === 'EventCount')) return;
  throw new EventSourceMappingError('ValidationException', "MetricsConfig.Metrics: expected ['EventCount'] or none");
}

function mustBeDestination(config: DestinationConfig): void {
  if (!isObject(config)) throw invalid('DestinationConfig: expected { OnFailure }');
  if ('OnSuccess' in config) throw invalid('OnSuccess configuration is not supported for event source mappings.');
  const others = Object.keys(config).filter((name) => name !== 'OnFailure');
  if (others.length > 0) throw invalid(`DestinationConfig: a stream's mapping has OnFailure only, got ${others[0]}`);
  const arn = config.OnFailure?.Destination;
  if (arn === undefined || /^arn:[\w-]+:(sqs|sns|s3):/.test(arn)) return;
  throw invalid(
    'DestinationConfig.OnFailure.Destination: expected the ARN of an SQS queue, an SNS topic or an S3 bucket',
  );
}

function mustBePosition(mapping: EventSourceMapping, { kind, streamArn }: MappingSource, now: number): void {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = mapping;
  const expected = 'expected TRIM_HORIZON, LATEST or AT_TIMESTAMP';
  if (position === undefined) throw invalid(nullPosition);
  if (!['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'].includes(position)) {
    throw new EventSourceMappingError('ValidationException', `StartingPosition: ${expected}, got ${String(position)}`);
  }
  if (kind === 'dynamodb' && position === 'AT_TIMESTAMP') {
    throw invalid(`Unsupported starting position for arn type: ${streamArn}`);
  }
  if ((position === 'AT_TIMESTAMP') !== (timestamp !== undefined)) {
    throw invalid('StartingPositionTimestamp: expected with AT_TIMESTAMP, and only with it');
  }
  if (timestamp !== undefined && !(timestamp <= now)) {
    const times = `timestampInMillis: ${cutToSeconds(timestamp)}, currentTimestampInMillis: ${now}`;
    throw invalid(`The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. ${times}`);
  }
}

/** Lambda's message (recorded). The messages above are recorded too, except those of the form `setting: expected …`. */
const nullPosition =
  "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.";

function cutToSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000) * 1_000;
}

/** The response of CreateEventSourceMapping for a new mapping (recorded on AWS). */
export function describeNewMapping(mapping: EventSourceMapping): Readonly<Record<string, unknown>> {
  const { Enabled: _, FilterCriteria: filters, ...settings } = mapping;
  return {
    ...settings,
    ...(filters.Filters.length > 0 && { FilterCriteria: filters }),
    State: 'Creating',
    StateTransitionReason: 'User action',
    LastProcessingResult: 'No records processed',
  };
}
