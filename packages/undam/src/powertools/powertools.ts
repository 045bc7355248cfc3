export { type LoggerLike, type ObserveWithOptions, observeWith } from './observe-with.ts';
