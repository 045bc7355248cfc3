import { expect, test } from '@jest/globals';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Handler = (event: unknown, context: unknown, options: { readonly signal: AbortSignal }) => unknown;

test.each([
  ['splitOnError()', (handler: Handler) => splitOnError(handler)],
  ['wholeBatch()', (handler: Handler) => wholeBatch(handler as never)],
])('a call of %s that has ended in time is told of no end: what listens is not called', async (_name, wrap) => {
  const lambda = new VirtualLambda();
  const aborted: unknown[] = [];
  const signals: AbortSignal[] = [];
  const chain = middyVersions[0]![1]()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink: new StoringSink() }, observe: () => {} }))
    .handler(
      wrap((_event, _context, { signal }) => {
        signals.push(signal);
        signal.addEventListener('abort', () => aborted.push(signal.reason));
        return { batchItemFailures: [] };
      }) as never,
    );
  expect(reportedIn(await lambda.invoke(chain as never, kinesisEvent('a', 'b')))).toEqual([]);
  await lambda.pass(120_000);
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  expect(aborted).toEqual([]);
});
