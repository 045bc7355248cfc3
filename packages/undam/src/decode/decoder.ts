import type { StreamRecord } from '../streams/sources.ts';

/** Makes the handler's `decoded` of a record, before each attempt. */
export type Decode<R extends StreamRecord, T> = (record: R) => T | PromiseLike<T>;
