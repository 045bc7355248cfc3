import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareIds } from '../../streams/record-id.ts';
import { decodeNumbers, encodeNumbers } from './numbers.ts';

const whole = fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String);
const anything = fc.oneof(whole, fc.string(), fc.constantFrom('0', '00', '01', '-1', '1e3', ' 1', '', '٣'));

describe('sequence numbers in few bytes', () => {
  test('come back exactly and in their order, for any numbers', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (numbers) => {
        expect(decodeNumbers(encodeNumbers(numbers))).toEqual(numbers);
      }),
    );
  });

  test('come back exactly if they rise', () => {
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 60 }), (numbers) => {
        const sorted = numbers.toSorted(compareIds);
        expect(decodeNumbers(encodeNumbers(sorted))).toEqual(sorted);
      }),
    );
  });

  test('are sorted by value', () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        expect(Math.sign(compareIds(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  test.each([[[]], [[2, 8]], [[0, 3, 1]], [[0, 0]], [[1, 123]]])('%p are no numbers', (bytes: number[]) => {
    expect(() => decodeNumbers(Uint8Array.from(bytes))).toThrow();
  });
});
