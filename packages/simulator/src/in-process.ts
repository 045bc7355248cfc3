import { AsyncLocalStorage } from 'node:async_hooks';
import type { KinesisEvent } from './kinesis-event.ts';
import { type LambdaContext, lambdaContext } from './lambda-context.ts';
import type { InvocationResult } from './shard-retries.ts';

/** A Lambda handler for Kinesis batches. */
export type StreamHandler = (event: KinesisEvent, context: LambdaContext) => Promise<unknown>;

/** The function as it is configured at Lambda. */
export interface FunctionSettings {
  /** The function's time-out in milliseconds. */
  readonly timeoutMs: number;
  /** Default `arn:aws:lambda:us-east-1:000000000000:function:local`. */
  readonly functionArn?: string;
}

const invocation = new AsyncLocalStorage<{ running: boolean }>();

/**
 * False once the invocation that this code belongs to has ended. Handlers run in this process, so what they left behind
 * goes on, while Lambda kills the environment at the time-out and freezes it after a response. A stand-in for a
 * downstream asks this, so that it counts nothing that Lambda would not have run.
 */
export function invocationIsRunning(): boolean {
  return invocation.getStore()?.running ?? true;
}

/** Runs the handler once. The result is a function error if it rejects, answers no JSON or is late; never a rejection. */
export async function invokeInProcess(
  handler: StreamHandler,
  event: KinesisEvent,
  settings: FunctionSettings,
): Promise<InvocationResult> {
  const { timeoutMs, functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:local' } = settings;
  const state = { running: true };
  const timeOut = Promise.withResolvers<InvocationResult>();
  const timer = setTimeout(() => timeOut.resolve({ kind: 'function-error' }), timeoutMs);
  const answer = invocation.run(state, () => settle(handler, event, lambdaContext(functionArn, timeoutMs)));
  const result = await Promise.race([answer, timeOut.promise]);
  clearTimeout(timer);
  state.running = false;
  return result;
}

async function settle(handler: StreamHandler, event: KinesisEvent, context: LambdaContext): Promise<InvocationResult> {
  try {
    const text = JSON.stringify((await handler(event, context)) ?? null) as string | undefined;
    return { kind: 'response', payload: JSON.parse(text ?? 'null') };
  } catch {
    return { kind: 'function-error' };
  }
}
