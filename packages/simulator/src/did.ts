/** What identifies a piece of work to the user's own code. */
export type DidId = string | number;

type Listener = (id: DidId) => void;

/**
 * Where a simulation listens. Under a symbol of the realm, since each simulated environment has modules of its own.
 */
const listenerKey: unique symbol = Symbol.for('@undam/simulator/did') as never;

const realm = globalThis as { [listenerKey]?: Listener | undefined };

/**
 * Says that the function has done its work for `id`: called by handler code or by a stand-in (`stubs`), at the place where
 * the work has its effect. `simulation.did` holds the calls, and `toHandle(simulation, ids)` compares them with what was
 * asked for. Nothing listens outside a simulation.
 *
 * @throws TypeError for an id that is neither text nor number
 */
export function did(id: DidId): void {
  if (typeof id !== 'string' && typeof id !== 'number') {
    throw new TypeError(`did(): expected a text or a number, which a test can compare, got ${typeof id}`);
  }
  realm[listenerKey]?.(id);
}

/** Listens until the returned function is called. */
export function listenToDid(listener: Listener): () => void {
  realm[listenerKey] = listener;
  return () => {
    realm[listenerKey] = undefined;
  };
}
