import { unheard } from '../base/thenable.ts';

/** Lambda's context object for Node.js (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  /** @deprecated Of the callback style; here because Middy's types ask for it. */
  done(error?: Error, result?: unknown): void;
  /** @deprecated Of the callback style; here because Middy's types ask for it. */
  fail(error: Error | string): void;
  /** @deprecated Of the callback style; here because Middy's types ask for it. */
  succeed(messageOrObject: unknown): void;
}

/** Milliseconds to the deadline; `undefined` where the context tells none. */
export function remainingMs(context: Partial<LambdaContext>): number | undefined {
  const remaining = unheard(() => context.getRemainingTimeInMillis?.());
  return typeof remaining === 'number' && Number.isFinite(remaining) ? remaining : undefined;
}
