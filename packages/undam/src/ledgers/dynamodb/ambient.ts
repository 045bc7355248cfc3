import type { Promise } from '../../base/intrinsics.ts';
import type { Loaded } from '../../base/load-once.ts';
import type { DynamodbSdk } from './client.ts';

/** The ledger's environment, injected so that tests control it. */
export interface DynamodbAmbient {
  load(): Promise<Loaded<DynamodbSdk>>;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Epoch milliseconds. */
  now(): number;
  /** A unique string of letters, digits, `-` and `_`. */
  nonce(): string;
  sleep(ms: number): Promise<void>;
}
