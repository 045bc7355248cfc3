/** Settings of an event source mapping for Kinesis, under AWS's own names and with AWS's defaults. */
export interface MappingSettings {
  /** Records per invocation at most, 1 to 10,000. Default 100. */
  readonly BatchSize?: number;
  /** Retries after the first attempt, 0 to 10,000; -1 (the default) retries until the records expire. */
  readonly MaximumRetryAttempts?: number;
  /** Halve a batch on which the function failed. Default false. */
  readonly BisectBatchOnFunctionError?: boolean;
  /** Whether the mapping reads `batchItemFailures` from the response. Default: it does not. */
  readonly FunctionResponseTypes?: readonly 'ReportBatchItemFailures'[];
}

/** The same settings with every default filled in. */
export type Mapping = Required<MappingSettings>;

/**
 * Fills in AWS's defaults.
 *
 * @throws RangeError for values that Lambda refuses when a mapping is created
 */
export function mappingWithDefaults(settings: MappingSettings): Mapping {
  const mapping: Mapping = {
    BatchSize: settings.BatchSize ?? 100,
    MaximumRetryAttempts: settings.MaximumRetryAttempts ?? -1,
    BisectBatchOnFunctionError: settings.BisectBatchOnFunctionError ?? false,
    FunctionResponseTypes: settings.FunctionResponseTypes ?? [],
  };
  mustBeWhole('BatchSize', mapping.BatchSize, 1);
  mustBeWhole('MaximumRetryAttempts', mapping.MaximumRetryAttempts, -1);
  return mapping;
}

function mustBeWhole(name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= 10_000) return;
  throw new RangeError(`${name}: expected a whole number from ${min} to 10,000, got ${value}`);
}
