import { expect } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { Ledger } from '../../src/ledgers/ledger.ts';
import type { CheckAnswer } from '../../src/middlewares/check-event.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { middyVersions } from './middy-versions.ts';
import { StoringSink } from './storing-sink.ts';
import { VirtualLambda } from './virtual-lambda.ts';

interface CheckedOptions {
  readonly sink?: Sink;
  readonly ledger?: Ledger;
  readonly attempts?: number;
  readonly timeBudget?: object;
}

/** A function of all three middlewares around a wrapped handler, and the way to ask it. */
export function checkedFunction(
  options: CheckedOptions = {},
): [VirtualLambda, (event: object, context?: object) => Promise<CheckAnswer>] {
  const { sink = new StoringSink(), ledger, attempts = 3, timeBudget = {} } = options;
  const lambda = new VirtualLambda();
  const guard = lambda.middlewares.streamGuard({
    quarantine: { sink, attempts },
    timeBudget,
    ...(ledger && { ledger }),
  });
  const chain = middyVersions[0]![1]()
    .use(guard)
    .handler(eachRecord(() => {}));
  return [lambda, (event, context) => checkAnswer(lambda, chain, event, context)];
}

/** The answer to a check; no timer is left. Fails where the invocation does. */
export async function checkAnswer(
  lambda: VirtualLambda,
  chain: object,
  event: object,
  context?: object,
): Promise<CheckAnswer> {
  const ending = await lambda.invoke(chain as never, event, context);
  expect(lambda.timers).toBe(0);
  if (ending.kind !== 'answered') throw new Error('expected an answer', { cause: ending });
  return ending.answer as CheckAnswer;
}
