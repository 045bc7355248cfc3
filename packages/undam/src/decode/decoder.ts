import type { StreamRecord } from '../streams/sources.ts';

/** Produces the handler's `decoded` value from a record, before each attempt. */
export type Decode<R extends StreamRecord, T> = (record: R) => T | PromiseLike<T>;
