const { PermanentError } = require('undam');

exports.book = async ({ total }) => {
  if (total === undefined) throw new PermanentError('an order without a total');
};
