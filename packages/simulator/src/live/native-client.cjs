'use strict';

/*
 * Stands in for the compiled HTTP client of the official runtime client (`rapid-client.node`), which needs a C++
 * toolchain to build. Preloaded with --require; works for aws-lambda-ric 3 and 4. The runtime clients' own HTTP code
 * (AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1) asks for the next invocation; what is left for this file is to post
 * answers. Like the compiled client it blocks until the post is through, because a runtime client may exit right
 * behind it; hence the worker.
 *
 * A handler's own threads and processes inherit --require. They are no runtime clients: nothing happens there until
 * somebody asks for the compiled client, which only the runtime client does.
 */
const { registerHooks } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Worker, isMainThread } = require('node:worker_threads');

/** 0 while a post is under way. */
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

/** Called while the runtime client loads: started with the first answer it would make that one late. */
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
  // A header takes no more than ASCII, and the cause holds the error's message, as JSON.
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const cause = String(xrayCause).replace(/[^\x20-\x7e]/g, escaped);
  postAndWait({ path: `${id}/error`, body, headers: { 'Lambda-Runtime-Function-XRay-Error-Cause': cause } });
}

function postAndWait(message) {
  Atomics.store(sent, 0, 0);
  poster.postMessage(message);
  Atomics.wait(sent, 0, 0);
}
