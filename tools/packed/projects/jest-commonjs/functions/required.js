const { eachRecord, streamGuard } = require('undam');
const { json } = require('undam/decode');
const { sqsSink } = require('undam/sqs');
const { book } = require('../orders');

/** The function under one major of Middy, which cannot be required. */
async function guardedBy(name) {
  const { default: middy } = await import(name);
  const sink = sqsSink({ queueUrl: process.env.QUARANTINE_URL });
  return middy()
    .use(streamGuard({ quarantine: { sink }, timeBudget: {} }))
    .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json() }));
}

const middy7 = guardedBy('@middy/core');
const middy6 = guardedBy('middy-6');

exports.middy7 = async (event, context) => (await middy7)(event, context);
exports.middy6 = async (event, context) => (await middy6)(event, context);
