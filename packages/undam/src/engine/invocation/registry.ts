import type { Ambient } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { Set } from '../../base/intrinsics.ts';
import type { LambdaContext } from '../../streams/lambda-context.ts';
import { Invocation, recordsOf } from './invocation.ts';
import { partialBatchMissing } from './settings.ts';
import { knowWrapped } from './unwrapped.ts';

/** What the middlewares and the handler wrapper of one invocation have in common to find each other by. */
export interface Meetable {
  readonly event: unknown;
  readonly context: LambdaContext;
}

/** Middy's request carries its invocation. A `WeakMap` would keep both, and the batch, until V8's next major collection. */
const invocationOf: unique symbol = Symbol('invocation');

interface Met {
  [invocationOf]?: Invocation;
}

/** Those that are under way: one, or a few on Managed Instances. */
const live = new Set<Invocation>();

/** The invocation of a Middy request, opened by the first middleware that asks. */
export function meet(
  request: Meetable,
  ambient: Ambient,
): { readonly invocation: Invocation; readonly opened: boolean } {
  const known = metBy(request);
  if (known !== undefined) return { invocation: known, opened: false };
  const invocation = new Invocation(request.event, request.context, ambient);
  (request as Met)[invocationOf] = invocation;
  live.add(invocation);
  return { invocation, opened: true };
}

/** The invocation of a Middy request, if any middleware of ours opened one. */
export function metBy(request: object): Invocation | undefined {
  return (request as Met)[invocationOf];
}

let wrapped = false;

/** Told once a handler wrapper has been made. */
export function expectClaims(): void {
  wrapped = true;
}

/** Whether some handler of this process claims its invocations. */
export function claimsAreExpected(): boolean {
  return wrapped;
}

/**
 * The invocation that a handler wrapper was called in: by context, else by event, else by `event.Records`, else by the
 * sequence numbers of the records, because a function around the wrapper may copy all of these. Each is claimed once, so that a
 * context or event object that is used again finds nothing of its first use.
 *
 * Where it finds no invocation for exactly these records, it takes one that has some of them, whose run refuses the event.
 *
 * @throws UndamError `partial-batch-missing`, or `claimed-twice` where another wrapper, or this one, has the records
 */
export function claim(event: unknown, context: unknown): Invocation {
  const underWay = guarded();
  const near = (candidates: readonly Invocation[]): Invocation | undefined =>
    fitting(candidates, event, context) ?? candidates.findLast((candidate) => candidate.sharesRecords(event));
  const invocation = near(underWay.filter(({ claimed, conclusion }) => conclusion.isOpen() && !claimed));
  if (invocation !== undefined) return claimed(invocation);
  throw near(underWay) === undefined ? partialBatchMissing() : claimedTwice();
}

/**
 * The invocation whose batch the records are, where there is one and nobody has claimed it: by context, else by the array
 * of records, else by their sequence numbers. None, too, where the one that has claimed it still runs, and this is inside it.
 *
 * @throws UndamError `claimed-twice` where another wrapper, or this one, has run the records
 */
export function claimRecords(records: unknown, context: unknown): Invocation | undefined {
  const event = { Records: records };
  const those = guarded().filter((candidate) => candidate.isOf(event));
  if (those.length === 0) return undefined;
  const invocation = fitting(
    those.filter(({ claimed, conclusion }) => conclusion.isOpen() && !claimed),
    event,
    context,
  );
  if (invocation !== undefined) return claimed(invocation);
  if (those.some(({ conclusion }) => conclusion.isOpen())) return undefined;
  throw claimedTwice();
}

function guarded(): Invocation[] {
  return [...live].filter(({ settings }) => settings.partialBatch);
}

function claimed(invocation: Invocation): Invocation {
  invocation.claimed = true;
  knowWrapped(invocation.settings.partialBatch!);
  return invocation;
}

function fitting(candidates: readonly Invocation[], event: unknown, context: unknown): Invocation | undefined {
  const records = recordsOf(event);
  return (
    among(candidates, event, (candidate) => candidate.context === context) ??
    among(candidates, event, (candidate) => candidate.event === event) ??
    among(candidates, event, (candidate) => records !== undefined && candidate.records === records) ??
    candidates.findLast((candidate) => candidate.isOf(event))
  );
}

/** Of several that fit, the one whose event it is. */
function among(
  candidates: readonly Invocation[],
  event: unknown,
  fits: (candidate: Invocation) => boolean,
): Invocation | undefined {
  const fitting = candidates.filter(fits);
  if (fitting.length < 2) return fitting[0];
  return fitting.findLast((one) => event === one.event) ?? fitting.findLast((one) => one.isOf(event));
}

function claimedTwice(): UndamError {
  return new UndamError(
    'claimed-twice',
    'the records of this invocation have been given to a wrapper before: call one eachRecord(), wholeBatch() or splitOnError() once in each invocation, and combine what they wrap inside one',
  );
}

/** Our last hook: nobody but its own request finds the invocation any more. */
export function part(invocation: Invocation): void {
  invocation.close();
  live.delete(invocation);
}
