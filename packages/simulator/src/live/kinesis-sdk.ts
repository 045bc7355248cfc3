import { createRequire } from 'node:module';

/** The SDK, which the first live run loads: simulations do without it. */
export function kinesisSdk(): typeof import('@aws-sdk/client-kinesis') {
  return createRequire(import.meta.url)('@aws-sdk/client-kinesis') as typeof import('@aws-sdk/client-kinesis');
}
