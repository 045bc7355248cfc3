import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EnvironmentOptions, startEnvironment } from './environment.ts';
import { type InvocationQueue, invocationQueue } from './invocation-queue.ts';
import { type EnvironmentResult, maxPayloadBytes, postedError, postedResponse } from './invocation-result.ts';
import { outputTail } from './output-tail.ts';

export interface RuntimeApiOptions extends EnvironmentOptions {
  /** The function's time-out in milliseconds; the environment is killed at the deadline. */
  readonly timeoutMs: number;
  /** Milliseconds from the announced deadline to the kill, for tests on busy machines. @default 0 */
  readonly graceMs?: number;
  /** Milliseconds within which a new environment must ask for its first invocation; the default is Lambda's. @default 10_000 */
  readonly initTimeoutMs?: number;
  /** The ARN that the function is told. @default arn:aws:lambda:us-east-1:000000000000:function:local */
  readonly functionArn?: string;
}

/** A function behind a local Lambda Runtime API: one environment at a time, started on demand. */
export interface RuntimeApi {
  /**
   * Runs the handler on an event. Invocations run one at a time.
   *
   * @param requestId a new one by default
   * @throws RangeError for an event over 6 MiB and 100 bytes
   */
  invoke(event: unknown, requestId?: string): Promise<EnvironmentResult>;
  /** The last 64 Ki characters of the environments' output. */
  output(): string;
  /** Kills the environment and closes the server. */
  stop(): Promise<void>;
}

/**
 * Starts a Lambda Runtime API on 127.0.0.1 (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). It kills an
 * environment at the deadline; after that, or after a crash, the next invocation starts another. Unlike Lambda, it does not
 * freeze environments between invocations, and a restart takes nothing from the function's time-out.
 */
export async function startRuntimeApi(options: RuntimeApiOptions): Promise<RuntimeApi> {
  const { timeoutMs, graceMs = 0, initTimeoutMs = 10_000 } = options;
  const { functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:local' } = options;
  const tail = outputTail(64 * 1024);
  const server = createServer((request, response) => {
    void route(request, response, queue, { functionArn, timeoutMs });
  });
  // The runtime client keeps its connection open.
  server.keepAliveTimeout = 0;
  const address = await listen(server);
  const queue = invocationQueue({
    timeoutMs: timeoutMs + graceMs,
    initTimeoutMs,
    start: () => startEnvironment(options, address, tail.append),
    // A request of the old environment must not pass for one of the new.
    onEnded: () => server.closeAllConnections(),
  });

  return {
    async invoke(event, requestId) {
      const body = JSON.stringify(event);
      const bytes = Buffer.byteLength(body);
      if (bytes > maxPayloadBytes) {
        throw new RangeError(`event: expected at most ${maxPayloadBytes} bytes, got ${bytes}`);
      }
      return queue.add(body, requestId);
    },
    output: tail.read,
    async stop() {
      await queue.stop();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  queue: InvocationQueue,
  settings: { functionArn: string; timeoutMs: number },
): Promise<void> {
  const path = request.url ?? '';
  if (path.endsWith('/runtime/invocation/next')) {
    queue.next(({ id, body }) => response.writeHead(200, invocationHeaders(id, settings)).end(body));
    return;
  }
  const { body, bytes } = await readBody(request);
  response.writeHead(bytes > maxPayloadBytes ? 413 : 202, { 'content-type': 'application/json' }).end('{}');
  const [, id = '', what] = /\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  if (what === 'response') queue.posted(id, postedResponse(body, bytes));
  else if (what === 'error') queue.posted(id, { kind: 'error', error: postedError(body) });
  else if (path.endsWith('/runtime/init/error')) queue.initFailed(postedError(body));
}

function invocationHeaders(id: string, settings: { functionArn: string; timeoutMs: number }): Record<string, string> {
  return {
    'content-type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': id,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + settings.timeoutMs),
    'Lambda-Runtime-Invoked-Function-Arn': settings.functionArn,
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<{ body: string; bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxPayloadBytes) chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks).toString('utf8'), bytes };
}
