import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SqsEntry } from '../../src/sinks/sqs/client.ts';

/** One SendMessageBatch call as it reached the proxy. */
export interface ProxiedCall {
  /** From 1 on. */
  readonly number: number;
  readonly entries: readonly SqsEntry[];
}

export interface BatchAnswer {
  Successful: { Id: string }[];
  Failed: { Id: string; SenderFault: boolean; Code: string; Message?: string }[];
}

/** What the proxy does with a call. */
export type Fault =
  /** Never answers. */
  | { readonly kind: 'silence' }
  /** Starts an answer and never ends it. */
  | { readonly kind: 'stall' }
  /** Cuts the connection before (`false`) or after (`true`) the queue has taken the call. */
  | { readonly kind: 'reset'; readonly afterwards: boolean }
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** Passes on only the entries that `keep` accepts, and lets `answer` change what the queue answered. */
  | { readonly kind: 'edit'; keep?(entry: SqsEntry): boolean; answer(answer: BatchAnswer): unknown };

export interface FaultProxy {
  readonly url: string;
  /** Every call so far. */
  readonly calls: ProxiedCall[];
  /** Decides on each call; `undefined` passes it on untouched. */
  fault: (call: ProxiedCall) => Fault | undefined;
  /** How many calls were in flight together at most. */
  maxInFlight: number;
  close(): Promise<void>;
}

/** The fault of entries that the queue never gets and the answer reports as failed. */
export function failing(
  isFailing: (entry: SqsEntry) => boolean,
  entries: readonly SqsEntry[],
  senderFault = false,
): Fault {
  const Code = senderFault ? 'InvalidMessageContents' : 'InternalError';
  const failed = entries.filter(isFailing).map(({ Id }) => ({ Id, SenderFault: senderFault, Code }));
  return {
    kind: 'edit',
    keep: (entry) => !isFailing(entry),
    answer: (answer) => ({ ...answer, Failed: [...(answer.Failed ?? []), ...failed] }),
  };
}

/** A proxy on 127.0.0.1 before a queue server; the source of every fault that no emulator has. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const calls: ProxiedCall[] = [];
  let inFlight = 0;
  const server = http.createServer(async (request, response) => {
    inFlight++;
    proxy.maxInFlight = Math.max(proxy.maxInFlight, inFlight);
    response.on('close', () => inFlight--);
    const body = JSON.parse((await read(request)).toString()) as { Entries: SqsEntry[] };
    const call = { number: calls.length + 1, entries: body.Entries };
    calls.push(call);
    await answer(target, body, proxy.fault(call), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fault: () => undefined,
    maxInFlight: 0,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

async function answer(
  target: string,
  body: { Entries: SqsEntry[] },
  fault: Fault | undefined,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'stall') {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': 1_000 }).write('{');
    return;
  }
  if (fault?.kind === 'reset' && !fault.afterwards) return void request.socket.destroy();
  if (fault?.kind === 'error') {
    const { status, code, message = 'injected' } = fault;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code });
    return void response.end(JSON.stringify({ __type: code, message }));
  }
  const kept = fault?.kind === 'edit' ? body.Entries.filter((entry) => fault.keep?.(entry) ?? true) : body.Entries;
  const passed = await pass(target, request, { ...body, Entries: kept });
  if (fault?.kind === 'reset') return void request.socket.destroy();
  const text =
    fault?.kind === 'edit' ? JSON.stringify(fault.answer(JSON.parse(passed.text) as BatchAnswer)) : passed.text;
  response.writeHead(passed.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
}

/** A call without entries is an error in SQS, so an empty one is answered here. */
function pass(target: string, from: http.IncomingMessage, body: { Entries: SqsEntry[] }) {
  if (body.Entries.length === 0) return { status: 200, text: '{"Successful":[],"Failed":[]}' };
  const content = Buffer.from(JSON.stringify(body));
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { ...from.headers, 'content-length': content.length, connection: 'close' };
    const onward = http.request(target + from.url, { method: from.method, headers, agent: false }, async (answer) => {
      resolve({ status: answer.statusCode ?? 500, text: (await read(answer)).toString() });
    });
    onward.on('error', reject);
    onward.end(content);
  });
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
