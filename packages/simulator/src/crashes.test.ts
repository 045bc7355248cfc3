import { expect, test } from '@jest/globals';
import * as handlers from './crashes.fixture.ts';
import { simulate } from './simulate.ts';

test.each(Object.keys(handlers))('%s: ends the environment, not the simulation', async (exportName) => {
  const { invocations, records } = await simulate({
    handler: new URL('./crashes.fixture.ts', import.meta.url),
    exportName,
    records: [{ put: { partitionKey: 'key', data: '{}' } }],
    mapping: { MaximumRetryAttempts: 1 },
  });
  expect(invocations.map(({ end }) => end)).toEqual(['crashed', 'crashed']);
  const named = invocations.map(({ error }) => (error?.name === 'Error' ? error.message : error?.name));
  expect(['expected', 'Runtime.ExitError']).toContain(named[0]);
  // It died at once and did not answer afterwards.
  for (const { startedMs, endedMs } of invocations) expect(endedMs - startedMs).toBeLessThan(50);
  expect(records.map(({ fate }) => fate)).toEqual(['discarded']);
});
