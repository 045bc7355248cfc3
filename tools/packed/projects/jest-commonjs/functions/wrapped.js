const { eachRecord } = require('undam');
const { book } = require('../orders');

exports.booking = eachRecord(() => book({}));
