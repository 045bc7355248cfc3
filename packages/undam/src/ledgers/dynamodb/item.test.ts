import { expect, test } from '@jest/globals';
import { claimsOn, makeClaim, readItem, withClaim } from './item.ts';

test('claims are in the order of the deliveries, for any clocks of their environments', () => {
  const claims = [
    makeClaim(['11', '12', '13', '14'], { openedAt: 2_000, nonce: 'first' }),
    makeClaim(['11', '12'], { openedAt: 3_000, nonce: 'second' }),
    makeClaim(['11'], { openedAt: 4_000, nonce: 'third' }),
    makeClaim(['11'], { openedAt: 1_000, nonce: 'fourth' }),
  ];
  const found = claims.toReversed().reduce(withClaim, readItem(undefined, 0, 0));
  expect(claimsOn(found, ['11']).map(({ batch }) => batch.length)).toEqual([4, 2, 1, 1]);
});
