/** What a handler or a stand-in imports: nothing of the simulator comes along. */
export { type DidId, did } from './did.ts';
