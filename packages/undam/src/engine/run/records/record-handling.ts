import type { Order } from '../lanes.ts';
import type { RecordCallees } from './record-calls.ts';

/** A record handler, and the way to run it over a batch. */
export interface RecordHandling extends RecordCallees {
  readonly order: Order;
  readonly concurrency: number;
}

/**
 * Below the 50 sockets of an AWS SDK client, so that no call waits for one within its record's time, and enough that ten slow
 * records do not stop the others. Figures: `npm run bench -- --only concurrency`.
 */
export const defaultConcurrency = 32;
