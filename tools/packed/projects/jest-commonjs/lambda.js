const { createHash } = require('node:crypto');
const { mkdtempSync, rmSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');
const { startRuntimeApi } = require('@undam/simulator');

/** The flags in https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html */
exports.lambdaFlags = ['--no-experimental-require-module', '--no-experimental-detect-module'];

exports.nodes = process.env.LAMBDA_NODES.split(delimiter);

const eventOf = (orders) => ({
  Records: orders.map((order, n) => ({
    eventID: `shardId-000000000000:${n + 1}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders',
    awsRegion: 'us-east-1',
    kinesis: {
      partitionKey: `customer ${n}`,
      sequenceNumber: String(n + 1),
      data: Buffer.from(JSON.stringify(order)).toString('base64'),
      approximateArrivalTimestamp: Date.now() / 1_000,
    },
  })),
});

/** Invokes a function on orders under the official runtime client; resolves to the result and the quarantined orders. */
exports.invoke = async (node, handler, orders) => {
  const quarantined = [];
  const queue = createServer(async (request, response) => {
    const { Entries } = JSON.parse(Buffer.concat(await request.toArray()));
    const Successful = Entries.map(({ Id, MessageBody }) => {
      quarantined.push(Buffer.from(JSON.parse(MessageBody).data, 'base64').toString());
      return { Id, MessageId: Id, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
    });
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify({ Successful, Failed: [] }));
  });
  await new Promise((listening) => queue.listen(0, '127.0.0.1', listening));
  const disk = mkdtempSync(join(tmpdir(), 'lambda-'));
  const api = await startRuntimeApi({
    runtimeClient: process.env.LAMBDA_RUNTIME_CLIENT,
    node,
    nodeFlags: exports.lambdaFlags,
    taskRoot: __dirname,
    handler,
    timeoutMs: 10_000,
    variables: {
      TMPDIR: disk,
      QUARANTINE_URL: `http://127.0.0.1:${queue.address().port}/123456789012/quarantine`,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
  try {
    return { result: await api.invoke(eventOf(orders)), quarantined };
  } finally {
    await api.stop();
    queue.closeAllConnections();
    queue.close();
    rmSync(disk, { recursive: true });
  }
};
