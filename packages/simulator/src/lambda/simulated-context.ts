import type { SimulatedClock } from '../virtual/clock.ts';
import type { Random } from '../virtual/random.ts';

/** Lambda's context object, without the `done`, `fail` and `succeed` that nodejs24.x lacks. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface SimulatedContext {
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

export interface ContextOptions {
  readonly functionArn: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  readonly clock: SimulatedClock;
  readonly requestId: string;
  readonly functionVersion: string;
}

export function simulatedContext(options: ContextOptions): SimulatedContext {
  const { functionArn, functionVersion, memorySizeMb, timeoutMs, clock, requestId } = options;
  // The runtime client subtracts Date.now() from the deadline, so a step of the wall clock changes the remaining time.
  const deadline = clock.date() + timeoutMs;
  const functionName = functionArn.split(':')[6] ?? 'simulated';
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memorySizeMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'simulated',
    getRemainingTimeInMillis: () => deadline - clock.date(),
  };
}

/** A version 4 UUID from the run's own random numbers. */
export function uuid(random: Random): string {
  const digit = (): string => Math.floor(random() * 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', digit);
}
