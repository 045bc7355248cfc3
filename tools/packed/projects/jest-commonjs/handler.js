const { eachRecord, partialBatch, quarantine } = require('undam');
const { json } = require('undam/decode');
const { sqsSink } = require('undam/sqs');

const book = async (order) => {
  if (order.total === undefined) throw new Error('an order without a total');
};

// Middy has no CommonJS.
const guarded = import('@middy/core').then(({ default: middy }) =>
  middy()
    .use(partialBatch())
    .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL }), attempts: 2 }))
    .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json() })),
);

exports.handler = async (event, context) => (await guarded)(event, context);

exports.unguarded = async ({ Records }) => {
  for (const { kinesis } of Records) await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()));
};
