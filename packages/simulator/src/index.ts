export type { QueuedMessage } from './aws/virtual-queues.ts';
export { type DidId, did } from './did.ts';
export type { FunctionSettings } from './lambda/function-settings.ts';
export type { SimulatedEnvironment, SimulatedHandler } from './lambda/simulated-function.ts';
export type { EnvironmentOptions } from './live/environment.ts';
export { inProcess, invocationIsRunning, type LocalFunctionSettings, type StreamHandler } from './live/in-process.ts';
export type { EnvironmentResult, RuntimeError } from './live/invocation-result.ts';
export type { LambdaContext } from './live/lambda-context.ts';
export { type LiveOptions, runLive } from './live/run-live.ts';
export { type RuntimeApi, type RuntimeApiOptions, startRuntimeApi } from './live/runtime-api.ts';
export { type CheckpointAdvance, longestStandstillMs, type ShardReport } from './live/shard-report.ts';
export { defaultAssumptions, type MappingAssumptions } from './mapping/assumptions.ts';
export type { Discard } from './mapping/discard.ts';
export { type AccountMapping, Mappings } from './mapping/mappings.ts';
export type { PassedAs } from './mapping/observer.ts';
export type { OnFailureMessage } from './mapping/on-failure.ts';
export { type MappingRule, mappingRules } from './mapping/rules.ts';
export { unmodelledRecordings } from './mapping/unmodelled-recordings.ts';
export { type MatcherResult, matchers } from './matchers.ts';
export type {
  DidReport,
  Fate,
  InvocationReport,
  IteratorAgeSample,
  RecordReport,
  Simulation,
} from './report/result.ts';
export { type SimulateOptions, type SimulationResult, simulate } from './simulate.ts';
export type { SimulationOptions } from './simulation.ts';
export type { ItemChange } from './stream/dynamodb-source.ts';
export { dynamodbEvent, type EventOptions, kinesisEvent } from './stream/event-builders.ts';
export type { KinesisEvent, KinesisEventRecord } from './stream/kinesis-source.ts';
export { kplAggregate, type UserRecord } from './stream/kpl-aggregate.ts';
export type { Arrival, KinesisPut, SimulatedRecord, SimulatedStream } from './stream/simulated-stream.ts';
export type { LogPiece } from './virtual/captured-output.ts';
export { RealWorldError } from './virtual/real-world-error.ts';
