import { expect, test } from '@jest/globals';
import { matchers } from './matchers.ts';
import { simulate } from './simulate.ts';

const handler = new URL('./orders.fixture.ts', import.meta.url);
const records = [{ put: { partitionKey: 'a', data: '{}' } }];

test('toLoseNothing passes when every record is processed, and names the first that was not', async () => {
  const { toLoseNothing } = matchers;
  expect(toLoseNothing(await simulate({ handler, records })).pass).toBe(true);
  const mapping = { MaximumRetryAttempts: 0 };
  const result = toLoseNothing(await simulate({ handler, exportName: 'counting', records, mapping }));
  expect(result.pass).toBe(false);
  expect(result.message()).toMatch(/1 that were not; first \d+ of shardId-0+: discarded/);
});

test('toKeepMoving judges the samples, and asks for them', async () => {
  const { toKeepMoving } = matchers;
  const failing = { handler, exportName: 'counting', records, mapping: { MaximumRetryAttempts: 8 }, sampleMs: 1_000 };
  const result = await simulate(failing);
  expect(toKeepMoving(result, 3_600_000).pass).toBe(true);
  expect(toKeepMoving(result, 10_000).message()).toMatch(/at most 10000 ms, got \d{5,} ms in shardId-0+/);
  const withoutSamples = await simulate({ handler, records });
  expect(() => toKeepMoving(withoutSamples, 1)).toThrow(/sampleMs/);
});

test.each(Object.entries(matchers))('%s asks for what simulate() resolves with', async (_, matcher) => {
  const running = simulate({ handler, records });
  const judge = (given: unknown) => () => Reflect.apply(matcher, matchers, [given, ['a']]);
  expect(judge(running)).toThrow(/got its promise: write expect\(await simulate/);
  expect(judge(undefined)).toThrow(/got undefined/);
  await running;
});

test('toHandle takes no text for a list', async () => {
  const simulation = await simulate({ handler, records });
  expect(() => matchers.toHandle(simulation, 'order-1')).toThrow(/write \['order-1'\]/);
});
