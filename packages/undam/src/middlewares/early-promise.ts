import { UndamError } from '../base/errors.ts';
import { isThenable } from '../base/thenable.ts';

/**
 * Refuses a promise as another middleware's early response. Middy 7 awaits promises of the global `Promise` only; where
 * something has replaced that, an asynchronous hook ends the invocation at once, and its promise of nothing is `null` to
 * Lambda: success.
 */
export function refuseEarlyPromise(request: Guarded): void {
  request[held] = request.response;
  Object.defineProperty(request, 'response', guard);
}

interface Guarded {
  response: unknown;
  [held]?: unknown;
}

/** Where a request keeps its response. */
const held: unique symbol = Symbol('response');

/** All requests share it: V8 would keep an accessor for each, and with it the batch, until its next major collection. */
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
    "another middleware's hook has returned a promise that Middy does not recognise, because something has replaced the global Promise: its answer would be null, which Lambda takes for success. Leave the global Promise as it is, or use Middy 6, which awaits every promise",
  );
}
