import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

function setUp(middy: (typeof middyVersions)[number][1], answers: () => unknown, place: 'between' | 'after') {
  const lambda = new VirtualLambda();
  const started: string[] = [];
  const [first, ...others] = lambda.middlewares.streamGuard({
    quarantine: { sink: new StoringSink() },
    observe: () => {},
  });
  const foreign = { before: answers };
  const chain = middy()
    .use(place === 'between' ? [first!, foreign, ...others] : [first!, ...others, foreign])
    .handler(
      eachRecord(async ({ kinesis }) => {
        await lambda.clock.sleep(200);
        started.push(kinesis.sequenceNumber);
      }),
    );
  return { lambda, chain, started };
}

describe.each(middyVersions)('%s: a foreign `before` that answers early', (_version, middy) => {
  describe.each(['between', 'after'] as const)('%s ours', (place) => {
    test('answers instead of the handler, and one beat later no timer of ours is left', async () => {
      const { lambda, chain, started } = setUp(middy, () => ({ early: true }), place);
      const ending = await lambda.invoke(chain, kinesisEvent('a'));
      expect(ending).toEqual({ kind: 'answered', answer: { early: true } });
      await lambda.pass(200);
      expect(lambda.timers).toBe(0);
      expect(started).toEqual([]);
    });

    test('has no part in a later invocation with the same event and context', async () => {
      let early = true;
      const { lambda, chain, started } = setUp(middy, () => (early ? { early } : undefined), place);
      const event = kinesisEvent('a', 'b');
      const context = lambda.context();
      await lambda.invoke(chain, event, context);
      early = false;
      expect(reportedIn(await lambda.invoke(chain, event, context))).toEqual([]);
      expect(started).toEqual(['a', 'b']);
    });
  });
});
