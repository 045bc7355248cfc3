import { expect, test } from '@jest/globals';
import { reportedPlaces } from './reported-places.ts';

const batch = ['71', '72', '73'];
const entry = { itemIdentifier: '72' };

test.each<readonly [string, unknown, readonly number[]]>([
  ['as Lambda reads it', { batchItemFailures: [entry] }, [1]],
  ['twice, in no order', { batchItemFailures: [{ itemIdentifier: '73' }, entry] }, [1, 2]],
  ['under a wrong key', { batchItemFailure: [entry] }, [1]],
  ['in other capitals', { BatchItemFailures: [{ ItemIdentifier: '72' }] }, [1]],
  ['below another key', { result: { batchItemFailures: [entry] } }, [1]],
  [
    'in the body of an answer over HTTP',
    { statusCode: 200, body: JSON.stringify({ batchItemFailures: [entry] }) },
    [1],
  ],
  ['as a text', JSON.stringify({ batchItemFailures: [entry] }), [1]],
  ['as a list of numbers', { failures: ['72'] }, [1]],
  ['beside an empty one', { batchItemFailures: [], failures: [entry] }, [1]],
  ['without a list', { batchItemFailures: entry }, [1]],
  ['without a name', { batchItemFailures: [{}] }, [0, 1, 2]],
  ['naming one of another batch, too', { batchItemFailures: [entry, { itemIdentifier: '99' }] }, [0, 1, 2]],
  ['with something that JSON loses', { batchItemFailures: {} }, [0, 1, 2]],
])('finds a report %s', (_, response, places) => {
  expect([...reportedPlaces(response, batch)]).toEqual(places);
});

test.each([
  null,
  undefined,
  '',
  'done',
  7,
  {},
  [],
  { batchItemFailures: [] },
  { batchItemFailures: null },
  { statusCode: 200 },
])('finds none in %j', (response) => {
  expect(reportedPlaces(response, batch).size).toBe(0);
});

test.each([{ processed: batch }, { succeeded: [entry.itemIdentifier] }, { last: '73' }])(
  'takes no list of what went well for one: %j',
  (response) => {
    expect(reportedPlaces(response, batch).size).toBe(0);
  },
);

test('names all user records of an aggregate, which share their number', () => {
  expect([...reportedPlaces({ batchItemFailures: [entry] }, ['71', '72', '72'])]).toEqual([1, 2]);
});
