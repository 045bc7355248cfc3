import { systemAmbient } from '../base/clock.ts';
import { createThree, guardStream } from './hooks.ts';
import type { Middlewares, ThreeMiddlewares } from './options.ts';

const middlewares: ThreeMiddlewares = createThree(systemAmbient);

/**
 * Reports failures record by record, and owns what is remembered and observed. Every handler under Undam needs it; the
 * three middlewares may stand in any order, once each, and before every middleware that decodes records.
 *
 * @throws UndamError `bad-option` at construction; `bad-event`, `bad-record`, `window-unsupported` or, for records that another
 * middleware has decoded, `event-changed` in an invocation
 */
export const partialBatch: Middlewares['partialBatch'] = middlewares.partialBatch;

/**
 * Passes a record over after N charged attempts, or at once after a permanent error, as soon as the sink has acknowledged
 * it with its payload.
 *
 * @throws UndamError `bad-option` at construction
 */
export const quarantine: Middlewares['quarantine'] = middlewares.quarantine;

/**
 * Ends what runs too long, so that everything that is done by then is kept: what was not started or cut off is delivered
 * again, uncharged. What it cannot end is a loop that never gives the event loop a turn: Lambda's own timeout does.
 *
 * @throws UndamError `bad-option` at construction
 */
export const timeBudget: Middlewares['timeBudget'] = middlewares.timeBudget;

/**
 * All three at once: `middy().use(streamGuard({ quarantine: { sink } }))`.
 *
 * @throws UndamError `bad-option` at construction
 */
export const streamGuard: Middlewares['streamGuard'] = (options) => guardStream(middlewares, options);
