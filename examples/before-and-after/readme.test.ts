import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { simulate } from '@undam/simulator';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the proof in the README is the test of this folder, as it runs', () => {
  const [, proof] = /^```js\n(.*?)^```/ms.exec(read('../../README.md')) ?? [];
  expect(proof).toBe(read('./handler.test.ts'));
});

test('with bisect the mapping discards the bad record alone, and healthy ones still run again, as the README says', async () => {
  const { records, did } = await simulate({
    handler: new URL('./existing.ts', import.meta.url),
    stubs: { './booking.ts': new URL('./booking.stub.ts', import.meta.url) },
    records: Array.from({ length: 60 }, (_, id) => ({
      put: { partitionKey: `customer ${id % 12}`, data: JSON.stringify({ id }) },
    })),
    mapping: {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 2,
      BisectBatchOnFunctionError: true,
    },
  });
  expect(records.flatMap(({ fate }, id) => (fate === 'discarded' ? [id] : []))).toEqual([47]);
  expect(did.map(({ id }) => id)).not.toContain(47);
  expect(new Set(did.map(({ id }) => id)).size).toBe(59);
  expect(did.length).toBeGreaterThan(59);
});
