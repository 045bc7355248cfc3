import { expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

// In a file of its own: the whole process knows of each wrapped handler.
test.each(middyVersions)(
  '%s: the check says so while no handler of the process is wrapped',
  async (_version, middy) => {
    const lambda = new VirtualLambda();
    const chain = middy()
      .use(lambda.middlewares.partialBatch())
      .handler(async () => ({ batchItemFailures: [] }));
    expect(await lambda.invoke(chain, { undam: 'check' })).toEqual({
      kind: 'answered',
      answer: {
        ok: false,
        problems: [
          {
            part: 'handler',
            what: 'no handler is wrapped',
            remedy: expect.stringMatching(/eachRecord.*StreamProcessor/),
          },
        ],
      },
    });
  },
);

test('and no more once one is', async () => {
  const lambda = new VirtualLambda();
  const [, middy] = middyVersions[0]!;
  const chain = middy()
    .use(lambda.middlewares.partialBatch())
    .handler(eachRecord(() => {}));
  expect(await lambda.invoke(chain, { undam: 'check' })).toMatchObject({ answer: { ok: true } });
});
