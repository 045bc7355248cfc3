import middy7 from '@middy/core';
import middy6 from 'middy-6';

/** A Middy chain as both supported versions have it, without their types, which differ. */
export interface MiddyChain {
  (event: unknown, context: unknown): Promise<unknown>;
  use(middlewares: object): MiddyChain;
  before(hook: (request: MiddyRequest) => unknown): MiddyChain;
  after(hook: (request: MiddyRequest) => unknown): MiddyChain;
  onError(hook: (request: MiddyRequest) => unknown): MiddyChain;
  handler(handler: (event: never, context: never) => unknown): MiddyChain;
}

export interface MiddyRequest {
  event: { Records: unknown[] };
  response: unknown;
  error: unknown;
}

type MakeChain = (options?: object) => MiddyChain;

/** Middy's own early time-out is off: it would run on the real clock. */
function inVirtualTime(middy: unknown): MakeChain {
  return (options) => (middy as MakeChain)({ timeoutEarlyInMillis: 0, ...options });
}

export const middyVersions: readonly (readonly [version: string, middy: MakeChain])[] = [
  ['Middy 7', inVirtualTime(middy7)],
  ['Middy 6', inVirtualTime(middy6)],
];
