import { expect, test } from '@jest/globals';
import { upstreamFigures } from './figures.ts';
import { processorInPlace } from './processor-in-place.ts';

const places = { packages: '/repo/packages', companions: '/beside', streamProcessor: '/undam/stream-processor.ts' };

test('counts tests of streams and others, and names what did not pass', () => {
  const passed = (fullName: string) => ({ fullName, status: 'passed' });
  const report = {
    testResults: [
      { name: 'a.test.ts', assertionResults: [passed('Kinesis Records'), passed('DynamoDB event'), passed('SQS')] },
      {
        name: 'b.test.ts',
        assertionResults: [
          { fullName: 'a kinesis one', status: 'failed', failureMessages: ['it broke\nat line 1'] },
          { fullName: 'left out', status: 'skipped', failureMessages: [] },
        ],
      },
      { name: 'c.test.ts', message: 'cannot be loaded\nat all', assertionResults: [] },
    ],
  };
  expect(upstreamFigures(report)).toEqual({
    streams: { passed: 2, total: 3 },
    others: { passed: 1, total: 2 },
    failures: ['c.test.ts: cannot be loaded', 'a kinesis one: it broke', 'left out: skipped'],
  });
});

test('puts our class in the place of BatchProcessor for the tests, and the checkout under our class', async () => {
  const { resolveId, load } = processorInPlace(places);
  const beside = { resolve: async (id: string, importer: string) => `${id} from ${importer}` };
  const resolved = (id: string, importer: string) => resolveId.call(beside, id, importer);
  const entry = await resolved('../../src/index.js', '/repo/packages/batch/tests/unit/a.test.ts');
  expect(load(String(entry))).toBe(
    'export * from "/repo/packages/batch/src/index.ts";\n' +
      'export { StreamProcessor as BatchProcessor } from "/undam/stream-processor.ts";\n',
  );
  expect(await resolved('@aws-lambda-powertools/batch', '/undam/stream-processor.ts')).toBe(
    '/repo/packages/batch/src/index.ts',
  );
  expect(await resolved('zod', '/repo/packages/batch/tests/unit/a.test.ts')).toBe('zod from /beside/package.json');
  for (const id of ['./errors.js', '../../src/types.js', 'node:crypto', '/repo/a.ts'])
    expect(resolved(id, '/repo/packages/batch/src/index.ts')).toBeUndefined();
});
