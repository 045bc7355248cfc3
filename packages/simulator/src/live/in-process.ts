import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationResult, Invoker, StreamEvent } from '../mapping/ports.ts';
import type { KinesisEvent } from '../stream/kinesis-source.ts';
import { type LambdaContext, lambdaContext } from './lambda-context.ts';

/** A Lambda handler for Kinesis batches. */
export type StreamHandler = (event: KinesisEvent, context: LambdaContext) => Promise<unknown>;

/** The function's configuration at Lambda. */
export interface LocalFunctionSettings {
  /** The function's time-out in milliseconds. */
  readonly timeoutMs: number;
  /** The ARN that the function is told. @default arn:aws:lambda:us-east-1:000000000000:function:local */
  readonly functionArn?: string;
}

const invocation = new AsyncLocalStorage<{ running: boolean }>();

/**
 * False once the invocation of this code has ended. Handlers run in this process, so the work they leave behind continues,
 * whereas Lambda kills the environment at a time-out and freezes it after a response. A stand-in for a downstream asks this, to
 * ignore calls that Lambda would not have run.
 */
export function invocationIsRunning(): boolean {
  return invocation.getStore()?.running ?? true;
}

/** Invokes a handler in this process. A rejection, an answer that is not JSON and a late answer are function errors. */
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
