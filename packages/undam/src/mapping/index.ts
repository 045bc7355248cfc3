export { EventSourceMappingError, type EventSourceMappingErrorName } from './error.ts';
export { type FilterCriteria, filterLimits } from './filter.ts';
export {
  createEventSourceMapping,
  type DestinationConfig,
  describeNewMapping,
  type EventSourceMapping,
  type EventSourceMappingSettings,
  type MappingSource,
  mappingDefaults,
  mappingRanges,
  maxRequestBytes,
  maxResponseBytes,
  type NumberSetting,
  type SettingRange,
  type StartingPosition,
} from './settings.ts';
