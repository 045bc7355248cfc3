import { describe, expect, test } from '@jest/globals';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisEvent } from '../../test/kit/stream.ts';
import { reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import { eachRecord } from '../handlers/each-record.ts';

interface Internal {
  readonly internal: Record<string, unknown>;
}

const stored = new Map<string, unknown>();
const keyOf = ({ event }: { event?: unknown }): string => JSON.stringify(event);

/** The effect of `makeHandlerIdempotent()` of Powertools 2 on a request. */
const idempotent = {
  before(request: Internal & { event?: unknown }) {
    request.internal['powertools-for-aws.idempotency.idempotencyHandler'] = {};
    return stored.get(keyOf(request));
  },
  after: (request: { event?: unknown; response?: unknown }) => void stored.set(keyOf(request), request.response),
};
const passing = {
  before({ internal }: Internal) {
    internal['powertools-for-aws.idempotency.idempotencyHandler'] = {};
    internal['powertools-for-aws.idempotency.skip'] = true;
  },
};

describe.each(middyVersions)('%s', (_version, middy) => {
  function setUp(place: 'outside' | 'inside', foreign: object) {
    stored.clear();
    const lambda = new VirtualLambda();
    const events: string[] = [];
    const starts: string[] = [];
    const ours = lambda.middlewares.streamGuard({
      quarantine: { sink: new StoringSink(), retry: 'redelivery' },
      observe: ({ type }) => void events.push(type),
    });
    const chain = middy()
      .use(place === 'outside' ? [foreign, ...ours] : [...ours, foreign])
      .handler(
        eachRecord(({ kinesis }) => {
          starts.push(kinesis.sequenceNumber);
          if (kinesis.sequenceNumber === 'a') throw new Error('poison');
        }),
      );
    const deliver = async () => reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')));
    return { deliver, starts, said: () => events.filter((type) => type === 'batch-idempotent') };
  }

  test.each(['outside', 'inside'] as const)('idempotency %s ours blocks a shard, with one warning', async (place) => {
    const { deliver, starts, said } = setUp(place, idempotent);
    for (let delivery = 0; delivery < 9; delivery++) expect(await deliver()).toEqual(['a']);
    expect(starts).toEqual(['a', 'b']);
    expect(said()).toEqual(['batch-idempotent']);
  });

  test.each([
    ['that passes the event over', passing],
    ['of another kind', { before() {} }],
  ])('a middleware %s is no reason for a warning', async (_name, foreign) => {
    const { deliver, said } = setUp('outside', foreign);
    await deliver();
    expect(said()).toEqual([]);
  });

  test('the warning also comes if the handler throws', async () => {
    const lambda = new VirtualLambda();
    const events: string[] = [];
    const { partialBatch } = lambda.middlewares;
    const failing = { before: () => Promise.reject(new Error('foreign')) };
    const chain = middy()
      .use([partialBatch({ observe: ({ type }) => void events.push(type) }), idempotent, failing])
      .handler(eachRecord(() => {}));
    await lambda.invoke(chain, kinesisEvent('a', 'throws'));
    expect(events).toContain('batch-idempotent');
  });
});
