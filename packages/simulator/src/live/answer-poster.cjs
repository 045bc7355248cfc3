'use strict';

/* The thread that posts answers for native-client.cjs, which blocks until `sent`, a shared number, says that a post is done. */
const http = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');

const { sent } = workerData;

parentPort.on('message', ({ path, body, headers }) => {
  const finish = () => {
    Atomics.store(sent, 0, 1);
    Atomics.notify(sent, 0);
  };
  try {
    const request = http.request(
      `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => response.on('close', finish).resume(),
    );
    request.on('error', finish).end(body);
  } catch (error) {
    // The runtime client blocks until this thread answers.
    finish();
    throw error;
  }
});
