import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { OutageError, PermanentError } from '../../src/base/errors.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Observe } from '../../src/observe/events.ts';
import { logToConsole } from '../../src/observe/log-to-console.ts';
import { observeWith } from '../../src/powertools/observe-with.ts';
import { GuardedFunction, type Handle } from '../kit/guarded-function.ts';
import { type MiddyChain, middyVersions } from '../kit/middy-versions.ts';
import { type Output, outputOf, unlistedIn } from '../kit/output.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

/** In base64, too, at each of its three alignments. */
const secret = 'card 4111-1111';
const forms = [
  secret,
  ...[0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + secret)
      .toString('base64')
      .slice(shift + 1, -3),
  ),
];

function named(error: Error, name: string): Error {
  return Object.assign(error, { name });
}

/** Everything that a handler, a decoder, a sink or a ledger may throw with a payload in it. */
const throws: Readonly<Record<string, () => unknown>> = {
  'an error': () => new Error(`no stock for ${secret}`),
  'a permanent error': () => new PermanentError(secret),
  'an outage': () => new OutageError(secret),
  'an error whose name is a payload': () => named(new Error('no'), secret),
  'an error whose name is a symbol': () => Object.assign(new Error(secret), { name: Symbol(secret) }),
  'an error whose message is like a stack': () =>
    new Error(`no\n    at ${secret} (/${secret}:1:1)\n    at /${secret}:1:1`),
  'an error whose message was taken away': () => {
    const error = new Error(`no\n    at ${secret} (/${secret}:1:1)`);
    return error.stack && Object.assign(error, { message: 'no order' });
  },
  'an error whose code is a payload': () => Object.assign(new Error('no'), { code: secret }),
  'an error with more in it': () => Object.assign(new TypeError('no'), { order: { card: secret } }),
  'an error with a cause': () => new Error('no', { cause: new Error(secret) }),
  'several errors': () => new AggregateError([new Error(secret)], secret),
  'a string': () => secret,
  'an object': () => ({ name: secret, message: secret, code: secret }),
  'an error that cannot be read': () =>
    Object.defineProperty(new Error(secret), 'name', {
      get: () => {
        throw new Error(secret);
      },
    }),
  nothing: () => null,
};

const acts = ['done', 'hang', 'throw', 'throw in the decoder'] as const;
const never = new Promise<never>(() => {});

const script = fc.record({
  records: fc.array(fc.record({ act: fc.constantFrom(...acts), thrown: fc.constantFrom(...Object.keys(throws)) }), {
    minLength: 1,
    maxLength: 6,
  }),
  sink: fc.constantFrom('takes', 'refuses', 'throws'),
  sinkThrows: fc.constantFrom(...Object.keys(throws)),
  ledger: fc.constantFrom('remembers', 'throws'),
  kind: fc.constantFrom('each record', 'whole batch'),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

async function play(observe: Observe, { records, sink, sinkThrows, ledger, kind }: Script): Promise<void> {
  const thrown = (name: string): never => {
    throw throws[name]!();
  };
  const scriptOf = (sequenceNumber: string) => records[Number(sequenceNumber.slice(1)) - 10]!;
  const handle: Handle = ({ kinesis }) => {
    const { act, thrown: what } = scriptOf(kinesis.sequenceNumber);
    if (act === 'throw') thrown(what);
    return act === 'hang' ? never : undefined;
  };
  const options = {
    observe,
    sink: sink === 'throws' ? { send: () => thrown(sinkThrows) } : new StoringSink(() => sink === 'takes'),
    ...(ledger === 'throws' && { ledger: { recall: () => thrown(sinkThrows), remember: () => thrown(sinkThrows) } }),
    timeBudget: { recordMs: 300 },
  };
  const decode: Handle = ({ kinesis }) => {
    const { act, thrown: what } = scriptOf(kinesis.sequenceNumber);
    if (act === 'throw in the decoder') thrown(what);
  };
  const event = () => ({
    Records: records.map((_, n) => kinesisRecord(`n${10 + n}`, { data: secret, key: `${secret}${n % 2}` })),
  });
  if (kind === 'each record') {
    const fn = new GuardedFunction(handle, { ...options, decode: (record) => decode(record, undefined as never) });
    await fn.deliverEvent(event());
    await fn.deliverEvent(event());
    return;
  }
  const lambda = new VirtualLambda();
  const { observe: _, sink: quarantineSink, ledger: memory } = { ledger: undefined, ...options };
  const chain = (middyVersions[0]![1]() as MiddyChain)
    .use(lambda.middlewares.partialBatch({ observe, ...(memory && { ledger: memory }) }))
    .use(lambda.middlewares.quarantine({ sink: quarantineSink, attempts: 2, retry: 'redelivery' }))
    .use(lambda.middlewares.timeBudget())
    .handler(
      wholeBatch(async ({ Records }) => {
        for (const record of Records) await handle(record, undefined as never);
        return { batchItemFailures: [] };
      }),
    );
  await lambda.invoke(chain, event(), lambda.context(5_000));
  await lambda.invoke(chain, { Records: event().Records.slice(0, 1) }, lambda.context(5_000));
}

function leaks({ text }: Pick<Output, 'text'>): string[] {
  return forms.filter((form) => text.includes(form));
}

describe('in any run, nothing of a payload, a key or a message', () => {
  test('is in the output of Powertools, at any level', async () => {
    const kinds = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(script, async (played) => {
        const logger = new Logger({ serviceName: 'orders', logLevel: 'DEBUG' });
        const metrics = new Metrics({ namespace: 'shop', serviceName: 'orders' });
        const output = await outputOf(() => play(observeWith({ logger, metrics }), played));
        expect(leaks(output)).toEqual([]);
        expect(output.metrics.length).toBeGreaterThan(0);
        expect(unlistedIn(output)).toEqual([]);
        for (const { undam } of output.logs) kinds.add(undam?.event);
      }),
      { numRuns: 300 },
    );
    // The scripts are worth something only if they bring about most of what there is to say.
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'invocation-ended',
        'quarantined',
        'quarantine-refused',
        'attempt-failed',
        'ledger-failed',
        'zombies',
        'budget-ended',
      ]),
    );
  });

  test('is in the default lines', async () => {
    const levels = (['warn', 'error'] as const).map((level) => jest.spyOn(console, level).mockImplementation(() => {}));
    try {
      await fc.assert(
        fc.asyncProperty(script, async (played) => {
          for (const level of levels) level.mockClear();
          await play(logToConsole(), played);
          const text = levels.flatMap(({ mock }) => mock.calls).join('\n');
          expect(leaks({ text })).toEqual([]);
        }),
        { numRuns: 300 },
      );
    } finally {
      for (const level of levels) level.mockRestore();
    }
  });

  test('a payload that does get out is noticed', async () => {
    const logger = new Logger({ serviceName: 'orders', logLevel: 'DEBUG' });
    const leaky: Observe = (_event, invocation) => logger.warn('oops', { record: invocation.record(0) });
    const played: Script = {
      records: [{ act: 'done', thrown: 'nothing' }],
      sink: 'takes',
      sinkThrows: 'nothing',
      ledger: 'remembers',
      kind: 'each record',
    };
    for (const shift of ['', 'x', 'xx']) {
      const output = await outputOf(() => logger.warn(Buffer.from(shift + secret).toString('base64')));
      expect(leaks(output)).toHaveLength(1);
    }
    expect(leaks(await outputOf(() => play(leaky, played)))).not.toEqual([]);
  });
});
