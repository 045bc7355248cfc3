/**
 * The intrinsics that the engine depends on, captured at load: handlers that replace the globals later do not affect it. Every
 * source of this package imports them from here.
 */
export const AbortController: typeof globalThis.AbortController = globalThis.AbortController;
export const Map: MapConstructor = globalThis.Map;
export const Promise: PromiseConstructor = globalThis.Promise;
export const Set: SetConstructor = globalThis.Set;

const { parse, stringify } = globalThis.JSON;
export const JSON: Pick<typeof globalThis.JSON, 'parse' | 'stringify'> = { parse, stringify };

export type AbortController = globalThis.AbortController;
export type Map<K, V> = globalThis.Map<K, V>;
export type Promise<T> = globalThis.Promise<T>;
export type Set<T> = globalThis.Set<T>;
