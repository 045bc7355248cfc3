import type { Context } from 'aws-lambda';

/** A fresh context for each invocation, like the Lambda runtime's; `timeoutMs` is the time left at its start. */
export function lambdaContext(timeoutMs = 60_000): Context {
  const deadline = Date.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'orders-consumer',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-consumer',
    memoryLimitInMB: '512',
    awsRequestId: '6f4b2c1e-7d0a-4f63-9a55-0c6d5f1b2a3e',
    logGroupName: '/aws/lambda/orders-consumer',
    logStreamName: '2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef',
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
