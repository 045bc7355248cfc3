/** What simulations are made of, for whoever builds one of another kind: the machine, its ports, virtual time. */
export { type QueueFault, VirtualQueues, type VirtualQueuesOptions } from './aws/virtual-queues.ts';
export { type DriverClock, type DriverOptions, MappingDriver } from './driver.ts';
export * from './lambda/simulated-function.ts';
export type { TemporaryFiles } from './lambda/temporary-directory.ts';
export { type MappingAction, MappingMachine, type MappingMachineOptions } from './mapping/event-source-mapping.ts';
export type { MappingObserver, PassedAs } from './mapping/observer.ts';
export { onFailureKey, onFailureMessage, onFailureObject } from './mapping/on-failure.ts';
export type * from './mapping/ports.ts';
export { importHandler } from './modules/handler-modules.ts';
export { runSimulation, type SimulationOptions } from './simulation.ts';
export { type KinesisRecord, kinesisSource } from './stream/kinesis-source.ts';
export { newStream, type SimulatedRecord, type StreamAndSource } from './stream/simulated-stream.ts';
export { VirtualStream, type VirtualStreamOptions } from './stream/virtual-stream.ts';
export type { SimulatedClock } from './virtual/clock.ts';
export { Fence, type FenceHooks } from './virtual/fence.ts';
export { installVirtualTime, withVirtualTime } from './virtual/install.ts';
export { type Random, seededRandom, wholeNumber } from './virtual/random.ts';
export { VirtualTime } from './virtual/virtual-time.ts';
