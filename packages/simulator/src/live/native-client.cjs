'use strict';

/*
 * Replaces the compiled HTTP client of the official runtime client (`rapid-client.node`), which needs a C++ toolchain to build.
 * Preloaded with --require; works with aws-lambda-ric 3 and 4. The runtime client's own HTTP code
 * (AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1) polls for invocations; this file only posts answers. Like the compiled client it
 * blocks until a post is done, because a runtime client may exit right after it; hence the worker.
 *
 * A handler's own threads and processes inherit --require. They are not runtime clients: the file does nothing there, because
 * only the runtime client requests the compiled client.
 */
const { registerHooks } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Worker, isMainThread } = require('node:worker_threads');

/** 0 while a post is in progress. */
let sent;
let poster;

if (isMainThread) {
  const url = pathToFileURL(__filename).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== './rapid-client.node') return next(specifier, context);
      startPoster();
      return { url, format: 'commonjs', shortCircuit: true };
    },
  });
  module.exports = { done: postResponse, error: postError };
}

/** Called while the runtime client loads: a start with the first answer would delay that answer. */
function startPoster() {
  if (poster) return;
  sent = new Int32Array(new SharedArrayBuffer(4));
  poster = new Worker(join(__dirname, 'answer-poster.cjs'), { workerData: { sent }, execArgv: [] });
  poster.unref();
}

function postResponse(id, body) {
  postAndWait({ path: `${id}/response`, body, headers: {} });
}

function postError(id, body, xrayCause) {
  // Headers carry ASCII only, and the cause holds the error's message as JSON.
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const cause = String(xrayCause).replace(/[^\x20-\x7e]/g, escaped);
  postAndWait({ path: `${id}/error`, body, headers: { 'Lambda-Runtime-Function-XRay-Error-Cause': cause } });
}

function postAndWait(message) {
  Atomics.store(sent, 0, 0);
  poster.postMessage(message);
  Atomics.wait(sent, 0, 0);
}
