import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { frontCode, frontDecode } from './front-coding.ts';

describe('front coding', () => {
  test('gives back any strings in their order', () => {
    const any = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^4959[01]{0,5}$/)));
    fc.assert(
      fc.property(any, (texts) => {
        expect(frontDecode(JSON.parse(JSON.stringify(frontCode(texts))))).toEqual(texts);
      }),
    );
  });

  test('keeps only the different ends of sequence numbers of one shard', () => {
    const first = 49590338271490256608559692538361571095921575989136588898n;
    const numbers = Array.from({ length: 10_000 }, (_, at) => String(first + BigInt(at) * 1_000_000_007n));
    expect(JSON.stringify(frontCode(numbers)).length).toBeLessThan(numbers.length * 25);
  });

  test.each([undefined, {}, ['a'], [0], [1, 'a'], [-1, 'a'], [0.5, 'a'], [0, 1], [0, 'a', 2, 'b']])(
    '%j is none',
    (coded) => {
      expect(() => frontDecode(coded)).toThrow(TypeError);
    },
  );
});
