import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { expect } from '@jest/globals';
import { OutageError, PermanentError } from '../../src/base/errors.ts';
import { observeWith } from '../../src/powertools/observe-with.ts';
import { type FunctionOptions, GuardedFunction, type Handle } from './guarded-function.ts';
import { type LogLine, type Output, outputOf, unlistedIn } from './output.ts';
import { kinesisEvent } from './stream.ts';
import type { Ending } from './virtual-lambda.ts';

export const newLogger = (logLevel: 'DEBUG' | 'INFO' = 'INFO') => new Logger({ serviceName: 'orders', logLevel });
export const newMetrics = () => new Metrics({ namespace: 'shop', serviceName: 'orders' });

/** Fails the records whose sequence numbers begin with `permanent`, `outage` or `poison`. */
export const byName: Handle = ({ kinesis: { sequenceNumber } }) => {
  if (sequenceNumber.startsWith('permanent')) throw new PermanentError('never');
  if (sequenceNumber.startsWith('outage')) throw new OutageError('down');
  if (sequenceNumber.startsWith('poison')) throw new RangeError('poison');
};

export interface Setting extends Omit<FunctionOptions, 'observe'> {
  /** @default `byName` */
  readonly handle?: Handle;
}

export interface ObservedFunction {
  readonly fn: GuardedFunction;
  invoke(awsRequestId: string, ...numbers: readonly string[]): Promise<Ending>;
}

/** A function with this observer. */
export function observed(
  observe: ReturnType<typeof observeWith>,
  { handle = byName, ...options }: Setting = {},
): ObservedFunction {
  const fn = new GuardedFunction(handle, { observe, ...options });
  const invoke = (awsRequestId: string, ...numbers: readonly string[]) =>
    fn.lambda.invoke(fn.chain, kinesisEvent(...numbers), { ...fn.lambda.context(5_000), awsRequestId });
  return { fn, invoke };
}

/** The output of these deliveries under `observeWith()`: `request-1`, `request-2` and so on. Every name in it is listed. */
export async function linesOf(
  setting: Parameters<typeof observeWith>[0],
  deliveries: readonly (readonly string[])[],
  options: Setting = {},
): Promise<Output> {
  const { invoke } = observed(observeWith(setting), options);
  const output = await outputOf(async () => {
    for (const [n, numbers] of deliveries.entries()) await invoke(`request-${n + 1}`, ...numbers);
  });
  expect(unlistedIn(output)).toEqual([]);
  expect(output.warnings).toEqual([]);
  return output;
}

/** The lines of one event. */
export function linesAbout({ logs }: Output, event: string): LogLine[] {
  return logs.filter(({ undam }) => undam?.event === event);
}
