'use strict';

/*
 * Stands in for the compiled HTTP client of the official runtime client (`rapid-client.node`), which needs a C++
 * toolchain to build. Preloaded with --require; works for aws-lambda-ric 3 and 4. The runtime clients' own HTTP code
 * (AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1) asks for the next invocation; what is left for this file is to post
 * answers. Like the compiled client it blocks until the post is through, because a runtime client may exit right
 * behind it; hence the worker.
 */
const http = require('node:http');
const { registerHooks } = require('node:module');
const { pathToFileURL } = require('node:url');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

if (isMainThread) {
  const url = pathToFileURL(__filename).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === './rapid-client.node' ? { url, format: 'commonjs', shortCircuit: true } : next(specifier, context),
  });
  module.exports = { done: postResponse, error: postError };
} else {
  parentPort.on('message', post);
}

/** 0 while a post is under way. */
const sent = isMainThread ? new Int32Array(new SharedArrayBuffer(4)) : workerData.sent;
// Started now, while the handler loads: started with the first answer it would make that one late.
const worker = isMainThread ? new Worker(__filename, { workerData: { sent }, execArgv: [] }) : undefined;
worker?.unref();

function postResponse(id, body) {
  postAndWait({ path: `${id}/response`, body, headers: {} });
}

function postError(id, body, xrayCause) {
  postAndWait({ path: `${id}/error`, body, headers: { 'Lambda-Runtime-Function-XRay-Error-Cause': xrayCause } });
}

function postAndWait(message) {
  Atomics.store(sent, 0, 0);
  worker.postMessage(message);
  Atomics.wait(sent, 0, 0);
}

function post({ path, body, headers }) {
  const finish = () => {
    Atomics.store(sent, 0, 1);
    Atomics.notify(sent, 0);
  };
  const request = http.request(
    `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    (response) => response.on('close', finish).resume(),
  );
  request.on('error', finish).end(body);
}
