import { describe } from '../base/describe.ts';
import { isObject } from '../base/is-object.ts';
import type { Problem } from '../base/problem.ts';
import type { EventSourceMappingSettings } from '../mapping/settings.ts';

/** AWS's default for streams. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const defaultBatchSize = 100;

/**
 * The problems of mapping settings with which the middlewares fail or lose records.
 *
 * @param attempts N of `quarantine()`; absent without it
 */
export function problemsOfMapping(mapping: unknown, attempts: number | undefined): Problem[] {
  if (!isObject(mapping) || Array.isArray(mapping)) {
    const remedy =
      "give the mapping's settings under AWS's names, as `aws lambda get-event-source-mapping` prints them";
    return [{ what: `mapping: expected an object of settings, got ${describe(mapping)}`, remedy }];
  }
  const settings = mapping as Partial<EventSourceMappingSettings>;
  const rules = [reports(settings), window(settings), attempts === undefined ? undefined : retries(settings, attempts)];
  return rules.filter((problem) => problem !== undefined);
}

function reports({ FunctionResponseTypes }: Partial<EventSourceMappingSettings>): Problem | undefined {
  const types: unknown = FunctionResponseTypes;
  if (Array.isArray(types) && types.includes('ReportBatchItemFailures')) return undefined;
  return {
    what: 'FunctionResponseTypes lacks ReportBatchItemFailures: Lambda ignores reports, and every failed record is lost',
    remedy: 'set FunctionResponseTypes: [ReportBatchItemFailures]',
  };
}

function window({ TumblingWindowInSeconds = 0 }: Partial<EventSourceMappingSettings>): Problem | undefined {
  if (TumblingWindowInSeconds === 0) return undefined;
  return {
    what: `TumblingWindowInSeconds is ${describe(TumblingWindowInSeconds)}: every invocation fails with window-unsupported`,
    remedy: 'set TumblingWindowInSeconds: 0',
  };
}

/** Each of several killers in a batch takes N deaths, and bisect one delivery for each halving of the batch. */
function retries(
  { MaximumRetryAttempts = -1, BatchSize = defaultBatchSize }: Partial<EventSourceMappingSettings>,
  attempts: number,
): Problem | undefined {
  const needed = attempts + Math.max(2, Math.ceil(Math.log2(BatchSize)));
  if (!(MaximumRetryAttempts >= 0 && MaximumRetryAttempts < needed)) return undefined;
  return {
    what: `MaximumRetryAttempts is ${MaximumRetryAttempts}: Lambda discards a batch, healthy records included, before a record that kills the process has had its ${attempts} attempts`,
    remedy: `set MaximumRetryAttempts: -1 and bound the records' age instead (MaximumRecordAgeInSeconds), or set at least ${needed}`,
  };
}
