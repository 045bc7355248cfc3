const { isUndamError, PermanentError } = require('undam');
const { book } = require('./orders');

test('an order without a total can never be booked', async () => {
  await expect(book({ total: 1 })).resolves.toBeUndefined();
  const error = await book({}).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PermanentError);
  expect(isUndamError(error)).toBe(false);
});
