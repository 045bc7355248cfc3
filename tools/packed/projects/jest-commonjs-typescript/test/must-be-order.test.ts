import { PermanentError } from 'undam';
import { Currency, mustBeOrder } from '../src/orders';

test('what the handler runs is tested in this thread, as CommonJS', () => {
  const order = { id: 1, total: 1, currency: Currency.Euro };
  expect(() => mustBeOrder(order)).not.toThrow();
  expect(() => mustBeOrder({ ...order, currency: 'none' as Currency })).toThrow(PermanentError);
});
