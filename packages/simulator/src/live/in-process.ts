import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationResult, Invoker, StreamEvent } from '../mapping/ports.ts';
import type { KinesisEvent } from '../stream/kinesis-source.ts';
import { type LambdaContext, lambdaContext } from './lambda-context.ts';

/** A Lambda handler for Kinesis batches. */
export type StreamHandler = (event: KinesisEvent, context: LambdaContext) => Promise<unknown>;

/** The function as it is configured at Lambda. */
export interface LocalFunctionSettings {
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

/** A handler of this process as a function: an error if it rejects, answers no JSON or is late. */
export function inProcess(handler: StreamHandler, settings: LocalFunctionSettings): Invoker {
  return { invoke: (event, requestId) => invokeOnce(handler, event, requestId, settings) };
}

async function invokeOnce(
  handler: StreamHandler,
  event: StreamEvent,
  requestId: string,
  settings: LocalFunctionSettings,
): Promise<InvocationResult> {
  const { timeoutMs, functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:local' } = settings;
  const state = { running: true };
  const timeOut = Promise.withResolvers<InvocationResult>();
  const timer = setTimeout(() => timeOut.resolve({ kind: 'function-error' }), timeoutMs);
  const answer = invocation.run(state, () =>
    settle(handler, event as KinesisEvent, lambdaContext(functionArn, timeoutMs, requestId)),
  );
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
