import type { Ambient } from './clock.ts';
import { Invocation, recordsOf } from './invocation.ts';
import type { LambdaContext } from './lambda-context.ts';
import { partialBatchMissing } from './settings.ts';

/** What the middlewares and the handler wrapper of one invocation have in common to find each other by. */
export interface Meetable {
  readonly event: unknown;
  readonly context: LambdaContext;
}

const byRequest = new WeakMap<object, Invocation>();

/** Those that are under way: one, or a few on Managed Instances. */
const live = new Set<Invocation>();

/** The invocation of a Middy request, opened by the first middleware that asks. */
export function meet(
  request: Meetable,
  ambient: Ambient,
): { readonly invocation: Invocation; readonly opened: boolean } {
  const known = byRequest.get(request);
  if (known !== undefined) return { invocation: known, opened: false };
  const invocation = new Invocation(request.event, request.context, ambient);
  byRequest.set(request, invocation);
  live.add(invocation);
  return { invocation, opened: true };
}

/** The invocation of a Middy request, if any middleware of ours opened one. */
export function metBy(request: object): Invocation | undefined {
  return byRequest.get(request);
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
 * The invocation that a handler wrapper was called in: by context, else by event, else by `event.Records`. Each is found
 * once, so that a context or event object that is used again finds nothing of its first use.
 *
 * @throws UndamError `partial-batch-missing`
 */
export function claim(event: unknown, context: unknown): Invocation {
  const records = recordsOf(event);
  const unclaimed = claimable();
  const invocation =
    among(unclaimed, event, (candidate) => candidate.context === context) ??
    among(unclaimed, event, (candidate) => candidate.event === event || candidate.shownEvent === event) ??
    among(unclaimed, event, (candidate) => records !== undefined && candidate.records === records);
  if (invocation === undefined) throw partialBatchMissing();
  invocation.claimed = true;
  return invocation;
}

/**
 * The invocation whose batch the records are, where there is one and nobody has claimed it: by context, else by the array
 * of records, else by their sequence numbers.
 */
export function claimRecords(records: unknown, context: unknown): Invocation | undefined {
  const unclaimed = claimable();
  if (unclaimed.length === 0) return undefined;
  const event = { Records: records };
  const invocation =
    unclaimed.find((candidate) => candidate.context === context && candidate.isOf(event)) ??
    unclaimed.find((candidate) => candidate.records === records && candidate.isOf(event)) ??
    unclaimed.find((candidate) => candidate.isOf(event));
  if (invocation !== undefined) invocation.claimed = true;
  return invocation;
}

function claimable(): Invocation[] {
  return [...live].filter(({ claimed, conclusion, settings }) => conclusion.open && !claimed && settings.partialBatch);
}

/** Of several that fit, the one whose event it is. */
function among(
  candidates: readonly Invocation[],
  event: unknown,
  fits: (candidate: Invocation) => boolean,
): Invocation | undefined {
  const fitting = candidates.filter(fits);
  if (fitting.length < 2) return fitting[0];
  return fitting.findLast(({ shownEvent }) => event === shownEvent) ?? fitting.findLast((one) => one.isOf(event));
}

/** Our last hook: nobody but its own request finds the invocation any more. */
export function part(invocation: Invocation): void {
  invocation.close();
  live.delete(invocation);
}
