import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as the service behind the handler saw it. */
export interface Call {
  /** The JSON that the handler sent. */
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `gone`: the handler hung up before the answer. */
  outcome: 'waiting' | 'answered' | 'gone';
  /** The HTTP status of the answer, once known. */
  status: number | undefined;
  /** Settles when the call is answered or gone. */
  readonly ended: Promise<unknown>;
}

/** The service that a handler calls, on a free loopback port. */
export interface Downstream {
  readonly url: string;
  /** In order of arrival; a test may empty it. */
  readonly calls: Call[];
  /** One field of each body that got a 200, in the order of the calls. */
  done(field: string): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** Answers each request with the HTTP status that `answer` settles to; while it does not settle, the call hangs. */
export async function startDownstream(answer: (call: Call) => number | Promise<number>): Promise<Downstream> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Call['body'];
    const ended = once(response, 'close').then(() => {
      call.outcome = response.writableFinished ? 'answered' : 'gone';
    });
    const call: Call = { body, headers: request.headers, outcome: 'waiting', status: undefined, ended };
    calls.push(call);
    call.status = await answer(call);
    response.writeHead(call.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async done(field) {
      const accepted = calls.filter(({ status }) => status === 200);
      await Promise.all(accepted.map(({ ended }) => ended));
      return accepted.filter(({ outcome }) => outcome === 'answered').map(({ body }) => body[field]);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
