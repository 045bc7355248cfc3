import { describe, expect, test } from '@jest/globals';
import { kinesisSource } from '../stream/kinesis-source.ts';
import { type FilterVerdict, matcherOf } from './filter.ts';

const source = kinesisSource({ streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' });

/** Whether a record with this payload is invoked for. */
function passes(pattern: unknown, data: string): boolean {
  return verdictOn(pattern, data) === 'matched';
}

function verdictOn(pattern: unknown, data: string): FilterVerdict {
  const text = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
  const record = {
    shardId: 'shardId-000000000000',
    sequenceNumber: '1',
    approximateArrivalTimestamp: 0,
    partitionKey: 'customer 7',
    data: Buffer.from(data),
  };
  return matcherOf({ Filters: [{ Pattern: text }] })!(source.filterable(record));
}

describe('a filter', () => {
  test.each([
    ['a metadata key at the top level', { partitionKey: ['customer 7'] }, 'no JSON', true],
    ['two keys, both of which have to match', { data: { a: [1], b: [2] } }, '{"a":1,"b":3}', false],
    ['alternatives of a key', { data: { a: [1, 2] } }, '{"a":2}', true],
    ['$or over keys', { data: { $or: [{ a: [1] }, { b: [2] }] } }, '{"b":2}', true],
    ['a list in the record, one of whose members matches', { data: { a: ['x'] } }, '{"a":["y","x"]}', true],
    ['null', { data: { a: [null] } }, '{"a":null}', true],
    ['null against an absent field', { data: { a: [null] } }, '{}', false],
    ['exists', { data: { a: [{ exists: true }] } }, '{"b":1}', false],
    ['an absent field that should be absent', { data: { a: [{ exists: false }] } }, '{"b":1}', true],
    ['prefix', { data: { a: [{ prefix: 'ab' }] } }, '{"a":"abc"}', true],
    ['suffix', { data: { a: [{ suffix: 'bc' }] } }, '{"a":"abc"}', true],
    ['equals-ignore-case', { data: { a: [{ 'equals-ignore-case': 'ABC' }] } }, '{"a":"abc"}', true],
    ['anything-but', { data: { a: [{ 'anything-but': ['x', 'y'] }] } }, '{"a":"y"}', false],
    ['anything-but with a prefix', { data: { a: [{ 'anything-but': { prefix: 'x' } }] } }, '{"a":"xy"}', false],
    ['a numeric range', { data: { a: [{ numeric: ['>', 0, '<=', 5] }] } }, '{"a":5.0}', true],
    ['a numeric range outside', { data: { a: [{ numeric: ['>', 0, '<=', 5] }] } }, '{"a":5.5}', false],
    ['numeric against a text', { data: { a: [{ numeric: ['=', 5] }] } }, '{"a":"5"}', false],
    ['a name that every object inherits', { data: { constructor: [{ exists: true }] } }, '{}', false],
  ])('documented: %s', (_, pattern, data, expected) => {
    expect(passes(pattern, data)).toBe(expected);
  });

  test.each([
    ['{"data":{"a":[300]}}', '{"a":300.0}', false],
    ['{"data":{"a":[300.0]}}', '{"a":300.0}', true],
    ['{"data":{"a":[3e2]}}', '{"a":300}', false],
    ['{"data":{"a":[300]}}', '{"a":300}', true],
    ['{"data":{"a":[{"anything-but":[300]}]}}', '{"a":300.0}', true],
  ])('documented: numbers compare by their text, %s against %s', (pattern, data, expected) => {
    expect(passes(pattern, data)).toBe(expected);
  });

  test.each([
    { data: { a: [{ exists: false }] } },
    { data: {} },
    { $or: [{ data: { a: [{ exists: false }] } }, { partitionKey: ['other'] }] },
  ])('documented: a payload that is no JSON is dropped by any pattern for data: %j', (pattern) => {
    expect(verdictOn(pattern, 'no JSON')).toBe('unreadable');
  });

  test('a payload that is no JSON is no matter to a pattern for other fields', () => {
    expect(verdictOn({ partitionKey: ['other'] }, 'no JSON')).toBe('filtered');
    expect(verdictOn({ data: { a: [1] } }, '{"a":2}')).toBe('filtered');
  });
});
