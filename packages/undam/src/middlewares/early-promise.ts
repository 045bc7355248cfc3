import { UndamError } from '../base/errors.ts';
import { isThenable } from '../base/thenable.ts';

/**
 * Refuses a promise as another middleware's early response. Middy 7 awaits only promises of the global `Promise`. If that was
 * replaced, an asynchronous hook ends the invocation at once, and Lambda receives its promise as `null`: success.
 */
export function refuseEarlyPromise(request: Guarded): void {
  request[held] = request.response;
  Object.defineProperty(request, 'response', guard);
}

interface Guarded {
  response: unknown;
  [held]?: unknown;
}

/** The key under which a request keeps its response. */
const held: unique symbol = Symbol('response');

/** Shared by all requests: V8 would keep one accessor per request, and with it the batch, until its next major collection. */
const guard: PropertyDescriptor & ThisType<Guarded> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[held];
  },
  /** @throws UndamError `early-promise` */
  set(value: unknown) {
    if ('earlyResponse' in this && isThenable(value)) throw earlyPromise();
    this[held] = value;
  },
};

function earlyPromise(): UndamError {
  return new UndamError(
    'early-promise',
    "another middleware's hook returned a promise that Middy does not recognise, because the global Promise was replaced: the answer would be null, which Lambda takes for success. Do not replace the global Promise, or use Middy 6, which awaits every promise",
  );
}
