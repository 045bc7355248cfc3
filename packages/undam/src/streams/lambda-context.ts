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
  /** @deprecated Part of the callback style; declared because Middy's types require it. */
  done(error?: Error, result?: unknown): void;
  /** @deprecated Part of the callback style; declared because Middy's types require it. */
  fail(error: Error | string): void;
  /** @deprecated Part of the callback style; declared because Middy's types require it. */
  succeed(messageOrObject: unknown): void;
}

/** Milliseconds to the deadline; `undefined` if the context does not tell. */
export function remainingMs(context: Partial<LambdaContext>): number | undefined {
  const remaining = unheard(() => context.getRemainingTimeInMillis?.());
  return typeof remaining === 'number' && Number.isFinite(remaining) ? remaining : undefined;
}
