import { describe } from '../base/describe.ts';
import { badOption } from '../base/options.ts';
import { takeInvocation, wrapperMade } from '../engine/invocation/registry.ts';
import type { Run, RunOptions } from '../engine/run/run.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { BatchResponse } from '../streams/response.ts';
import type { StreamEvent, StreamRecord } from '../streams/sources.ts';

/** The handler that `eachRecord`, `wholeBatch` and `splitOnError` return, for Middy's `handler()`. */
export type StreamHandler<R extends StreamRecord> = (
  event: StreamEvent<R>,
  context: LambdaContext,
) => Promise<BatchResponse>;

/**
 * To be called before the check of the options: where a user swaps the two, the error names the handler.
 *
 * @throws UndamError `bad-option` unless `handler` is a function
 */
export function checkHandler(owner: string, handler: unknown): void {
  if (typeof handler !== 'function') throw badOption(owner, `expected a handler, got ${describe(handler)}`);
}

/**
 * @param name the wrapper's
 * @param begin makes the run of one invocation
 */
export function wrap<R extends StreamRecord>(
  name: string,
  begin: (options: RunOptions, event: StreamEvent<R>, context: LambdaContext) => Run,
): StreamHandler<R> {
  wrapperMade();
  // Lambda refuses a handler of more than two parameters, and answers `null` for one that is not async.
  const wrapper = async (event: StreamEvent<R>, context: LambdaContext): Promise<BatchResponse> =>
    takeInvocation(event, context).run(event, (options) => begin(options, event, context));
  return Object.defineProperty(wrapper, 'name', { value: `${name}Handler` });
}
