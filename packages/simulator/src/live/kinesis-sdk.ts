import { createRequire } from 'node:module';

/** The SDK, loaded at the first live run: simulations do not need it. */
export function kinesisSdk(): typeof import('@aws-sdk/client-kinesis') {
  try {
    return createRequire(import.meta.url)('@aws-sdk/client-kinesis') as typeof import('@aws-sdk/client-kinesis');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    const remedy = 'npm install --save-dev @aws-sdk/client-kinesis';
    throw new Error(`runLive(): expected @aws-sdk/client-kinesis to be installed, found none: ${remedy}`, { cause });
  }
}
