export type { QueuedMessage } from './aws/virtual-queues.ts';
export { type DriverClock, type DriverOptions, MappingDriver } from './driver.ts';
export type { SimulatedEnvironment, SimulatedHandler } from './lambda/simulated-function.ts';
export type { EnvironmentOptions } from './live/environment.ts';
export { type FunctionSettings, inProcess, invocationIsRunning, type StreamHandler } from './live/in-process.ts';
export type { EnvironmentResult, RuntimeError } from './live/invocation-result.ts';
export { kinesisReader } from './live/kinesis-reader.ts';
export type { LambdaContext } from './live/lambda-context.ts';
export { type LiveOptions, runLive } from './live/run-live.ts';
export { type RuntimeApi, type RuntimeApiOptions, startRuntimeApi } from './live/runtime-api.ts';
export { type CheckpointAdvance, longestStandstillMs, type ShardReport } from './live/shard-report.ts';
export { defaultAssumptions, type MappingAssumptions } from './mapping/assumptions.ts';
export { type MappingAction, MappingMachine, type MappingMachineOptions } from './mapping/event-source-mapping.ts';
export type { MappingObserver } from './mapping/lane.ts';
export type * from './mapping/ports.ts';
export type { Discard } from './mapping/retries.ts';
export type { Fate, InvocationReport, IteratorAgeSample, RecordReport, Simulation } from './run-report.ts';
export { type SimulateOptions, type SimulationResult, simulate } from './simulate.ts';
export type { SimulationOptions } from './simulation.ts';
export {
  type KinesisEvent,
  type KinesisEventRecord,
  type KinesisRecord,
  kinesisSource,
} from './stream/kinesis-source.ts';
export type { Arrival, KinesisPut, SimulatedRecord, SimulatedStream } from './stream/simulated-stream.ts';
export { installVirtualTime, withVirtualTime } from './virtual/install.ts';
export { RealWorldError } from './virtual/real-world-error.ts';
