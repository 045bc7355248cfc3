import { expect, test } from '@jest/globals';
import { simulate } from '@undam/simulator';
import '@undam/simulator/jest';
import { orders } from './orders';

test('without a guard, orders are lost', async () => {
  const mapping = { MaximumRetryAttempts: 1 };
  expect(await simulate({ ...orders, exportName: 'unguarded', mapping })).not.toLoseNothing();
});

// @ts-expect-error A bound is a number.
void (() => expect(undefined).toKeepMoving('a minute'));
