import { expect, test } from '@jest/globals';
import { simulate } from '@undam/simulator';

test.each([
  ['./existing.ts', { discarded: 13, bookedAgain: 36, quarantined: 0 }], // Powertools' BatchProcessor
  ['./handler.ts', { discarded: 0, bookedAgain: 0, quarantined: 1 }], // the same record handler under Undam
])('60 orders, one of them bad, through %s', async (file, expected) => {
  const { records, did, queues } = await simulate({
    handler: new URL(file, import.meta.url), // unchanged
    stubs: { './booking.ts': new URL('./booking.stub.ts', import.meta.url) }, // refuses order 47
    records: Array.from({ length: 60 }, (_, id) => ({
      put: { partitionKey: `customer ${id % 12}`, data: JSON.stringify({ id }) },
    })),
    mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 2 },
    variables: { QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/quarantine' },
  });
  const booked = new Set(did.map(({ id }) => id));
  expect({
    discarded: records.filter(({ fate }) => fate === 'discarded').length,
    bookedAgain: did.length - booked.size,
    quarantined: [...queues.values()].flat().length,
  }).toEqual(expected);
  expect(booked.size).toBe(59);
});
