import { describe, expect, test } from '@jest/globals';
import { defaultAssumptions } from './assumptions.ts';
import { readBatchItemFailures as read } from './batch-item-failures.ts';

const batch = ['99', '100', '101'];

/** Responses as they were recorded from AWS in September 2024, October 2024 and November 2025. */
const recorded: readonly (readonly [string, unknown, string])[] = [
  ['null', null, 'complete-success'],
  ['an empty string', '', 'complete-success'],
  ['an empty list', [], 'complete-success'],
  ['an empty object', {}, 'complete-success'],
  ['no failures', { batchItemFailures: [] }, 'complete-success'],
  ['null for failures', { batchItemFailures: null }, 'complete-success'],
  ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 'complete-failure'],
  ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }, 'complete-failure'],
  ['a number as identifier', { batchItemFailures: [{ itemIdentifier: 123 }] }, 'complete-failure'],
  ['a wrong key', { batchItemFailures: [{ foo: 123 }] }, 'complete-failure'],
  ['a wrong key with null', { batchItemFailures: [{ foo: null }] }, 'complete-failure'],
];

const assumed: readonly (readonly [string, unknown, string])[] = [
  ['other keys only', { failedItems: ['100'] }, 'complete-success'],
  ['an unknown identifier', { batchItemFailures: [{ itemIdentifier: '7' }] }, 'complete-failure'],
  ['a good and a bad identifier', { batchItemFailures: [{ itemIdentifier: '100' }, null] }, 'complete-failure'],
  ['an unknown one behind a good one', failuresOf('100', '555'), 'complete-failure'],
  ['a text', 'done', 'complete-failure'],
  ['a number', 0, 'complete-failure'],
  ['a list with something in it', [null], 'complete-failure'],
  ['failures that are no list', { batchItemFailures: {} }, 'complete-failure'],
];

describe('a response under ReportBatchItemFailures', () => {
  test.each(recorded)('recorded: %s is read as AWS reads it', (_name, response, kind) => {
    expect(readWithDefaults(response, batch).kind).toBe(kind);
  });

  test.each(assumed)('assumed: %s', (_name, response, kind) => {
    expect(readWithDefaults(response, batch).kind).toBe(kind);
  });

  test('assumed: bad identifiers beside good ones may be options of their own', () => {
    const bad = { batchItemFailures: [{ itemIdentifier: '' }, { foo: 1 }, { itemIdentifier: '101' }] };
    const assumptions = { ...defaultAssumptions, badIdentifierBesideGood: 'ignored' } as const;
    expect(read(bad, batch, assumptions)).toEqual({ kind: 'partial-failure', index: 2 });
    // Recorded: alone they are a complete failure, whatever is assumed.
    expect(read({ batchItemFailures: [{ itemIdentifier: '' }] }, batch, assumptions).kind).toBe('complete-failure');
    const unknown = { ...defaultAssumptions, unknownIdentifier: 'ignored' } as const;
    expect(read(failuresOf('555', '100'), batch, unknown)).toEqual({ kind: 'partial-failure', index: 1 });
    expect(read(failuresOf('555'), batch, unknown).kind).toBe('complete-failure');
    const noList = { ...defaultAssumptions, failuresNoList: 'complete-success' } as const;
    expect(read({ batchItemFailures: 'none' }, batch, noList).kind).toBe('complete-success');
  });

  test('documented: an identifier twice is that identifier', () => {
    expect(readWithDefaults(failuresOf('101', '101'), batch)).toEqual({ kind: 'partial-failure', index: 2 });
  });

  test('the lowest number is the checkpoint, not the lowest text and not the first one listed', () => {
    const response = { batchItemFailures: [{ itemIdentifier: '101' }, { itemIdentifier: '100' }] };
    expect(readWithDefaults(response, batch)).toEqual({ kind: 'partial-failure', index: 1 });
    const both = { batchItemFailures: [{ itemIdentifier: '100' }, { itemIdentifier: '99' }] };
    expect(readWithDefaults(both, batch)).toEqual({ kind: 'partial-failure', index: 0 });
  });

  test('56 digits are compared exactly', () => {
    const long = ['0', '1', '2'].map((last) => `4954516146${'7'.repeat(45)}${last}`);
    const response = { batchItemFailures: [{ itemIdentifier: long[2] }, { itemIdentifier: long[1] }] };
    expect(readWithDefaults(response, long)).toEqual({ kind: 'partial-failure', index: 1 });
  });
});

function failuresOf(...identifiers: readonly string[]): object {
  return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) };
}

function readWithDefaults(response: unknown, sequenceNumbers: readonly string[]) {
  return read(response, sequenceNumbers, defaultAssumptions);
}
