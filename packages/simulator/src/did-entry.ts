/** The entry for handlers and stand-ins: imports nothing else of the simulator. */
export { type DidId, did } from './did.ts';
