export { type LoggerLike, type ObserveWithOptions, observeWith } from './observe-with.ts';
export {
  type StreamEventType,
  StreamProcessor,
  type StreamProcessorAttempt,
  type StreamProcessorConfig,
} from './stream-processor.ts';
