/** Identifies a piece of work in the user's own code. */
export type DidId = string | number;

type Listener = (id: DidId) => void;

/** The key of the simulation's listener: a symbol of the realm, because each simulated environment has its own modules. */
const listenerKey: unique symbol = Symbol.for('@undam/simulator/did') as never;

const realm = globalThis as { [listenerKey]?: Listener | undefined };

/**
 * Says that the function has done its work for `id`. Call it in handler code or in a stand-in (`stubs`), at the place where the
 * work takes effect. `simulation.did` lists the calls, and `toHandle(simulation, ids)` compares them with the ids you expect.
 * Outside a simulation it does nothing.
 *
 * @throws TypeError for an id that is neither a string nor a number
 */
export function did(id: DidId): void {
  if (typeof id !== 'string' && typeof id !== 'number') {
    throw new TypeError(`did(): expected a string or a number, which tests can compare, got ${typeof id}`);
  }
  realm[listenerKey]?.(id);
}

/** Calls `listener` at each `did()` until the returned function is called. */
export function listenToDid(listener: Listener): () => void {
  realm[listenerKey] = listener;
  return () => {
    realm[listenerKey] = undefined;
  };
}
