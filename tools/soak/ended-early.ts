import type { VirtualTime } from '@undam/simulator/parts';
import type { KinesisStreamEvent, LambdaContext } from 'undam';
import type { Actor } from './handler-acts.ts';

interface Signalled {
  readonly signal: AbortSignal;
}

type BatchHandler = (event: KinesisStreamEvent, context: LambdaContext, options: Signalled) => Promise<unknown>;

/**
 * What Middy's `timeoutEarlyInMillis` does to a handler that nobody wrapped, on the virtual clock: Middy takes its timer
 * from `node:timers`, where virtual time does not reach. A step of the wall clock does not show in it.
 */
export function endedEarly(
  handler: BatchHandler,
  { process }: Actor,
  time: VirtualTime,
  earlyMs: number,
): BatchHandler {
  return async (event, context) => {
    const abort = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const end = (): void => {
      abort.abort();
      reject(earlyTimeout());
    };
    const deadline = process.invocation?.deadline ?? Infinity;
    const timer = time.setTimeout(end, Math.max(0, deadline - time.now() - earlyMs));
    try {
      return await Promise.race([handler(event, context, { signal: abort.signal }), promise]);
    } finally {
      time.clearTimeout(timer);
    }
  };
}

function earlyTimeout(): Error {
  const error = new Error('[AbortError]: The operation was aborted.', { cause: { package: '@middy/core' } });
  error.name = 'TimeoutError';
  return error;
}
