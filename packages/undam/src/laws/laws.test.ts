import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { eachRecord } from '../each-record.ts';
import { createMiddlewares } from '../middy.ts';
import { laws } from './laws.fixture.ts';
import { scenarios } from './scenario.fixture.ts';
import { play } from './world.fixture.ts';

describe('whatever handler, sink and ledger do', () => {
  test.each(Object.entries(laws))('%s', async (_law, check) => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const why = check(await play({ createMiddlewares, eachRecord }, scenario));
        if (why !== undefined) throw new Error(why);
      }),
      { numRuns: 200 },
    );
  });
});
