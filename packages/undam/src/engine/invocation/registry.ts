import type { Ambient } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { Set } from '../../base/intrinsics.ts';
import type { LambdaContext } from '../../streams/lambda-context.ts';
import { Invocation } from './invocation.ts';
import { partialBatchMissing } from './settings.ts';
import { knowWrapped } from './unwrapped.ts';

/** The running invocations: one, or a few on Managed Instances. */
const live = new Set<Invocation>();

let isWrapperMade = false;

export function openInvocation(event: unknown, context: LambdaContext, ambient: Ambient): Invocation {
  const invocation = new Invocation(event, context, ambient);
  live.add(invocation);
  return invocation;
}

/** Our last hook: from here on no wrapper finds the invocation. */
export function closeInvocation(invocation: Invocation): void {
  invocation.close();
  live.delete(invocation);
}

/** Called when a handler wrapper is made. */
export function wrapperMade(): void {
  isWrapperMade = true;
}

/** True if this process has made a handler wrapper. */
export function hasWrapper(): boolean {
  return isWrapperMade;
}

/**
 * Takes the invocation in which a handler wrapper was called, found by context, else by event, else by `event.Records`, else by
 * the sequence numbers of the records: a function around the wrapper may copy all of these. Each invocation is taken once, so
 * that a reused context or event object finds nothing of its first use.
 *
 * Without an invocation of exactly these records, takes one that has some of them: its run refuses the event.
 *
 * @throws UndamError `partial-batch-missing`, or `claimed-twice` if a wrapper, perhaps this one, has already taken the records
 */
export function takeInvocation(event: unknown, context: unknown): Invocation {
  const candidates = withPartialBatch();
  const bestMatch = (among: readonly Invocation[]): Invocation | undefined =>
    fitting(among, event, context) ?? among.findLast((candidate) => candidate.sharesRecords(event));
  const invocation = bestMatch(candidates.filter(isFree));
  if (invocation !== undefined) return take(invocation);
  throw bestMatch(candidates) === undefined ? partialBatchMissing() : takenTwice();
}

/**
 * Takes the invocation whose batch these records are, found by context, else by the array of records, else by their sequence
 * numbers. Returns `undefined` if there is none, or if the caller is inside the wrapper that has taken it.
 *
 * @throws UndamError `claimed-twice` if a wrapper, perhaps this one, has already run the records
 */
export function takeInvocationOf(records: unknown, context: unknown): Invocation | undefined {
  const event = { Records: records };
  const candidates = withPartialBatch().filter((candidate) => candidate.isOf(event));
  if (candidates.length === 0) return undefined;
  const invocation = fitting(candidates.filter(isFree), event, context);
  if (invocation !== undefined) return take(invocation);
  if (candidates.some(({ conclusion }) => conclusion.isOpen)) return undefined;
  throw takenTwice();
}

function withPartialBatch(): Invocation[] {
  return [...live].filter(({ settings }) => settings.partialBatch);
}

function isFree({ isTaken, conclusion }: Invocation): boolean {
  return !isTaken && conclusion.isOpen;
}

function take(invocation: Invocation): Invocation {
  invocation.isTaken = true;
  knowWrapped(invocation.settings.partialBatch!);
  return invocation;
}

function fitting(candidates: readonly Invocation[], event: unknown, context: unknown): Invocation | undefined {
  const records = (event as { Records?: unknown } | null | undefined)?.Records;
  return (
    oneOf(candidates, event, (candidate) => candidate.context === context) ??
    oneOf(candidates, event, (candidate) => candidate.event === event) ??
    oneOf(candidates, event, (candidate) => records !== undefined && candidate.records === records) ??
    candidates.findLast((candidate) => candidate.isOf(event))
  );
}

/** Of several that fit, the invocation of this very event. */
function oneOf(
  candidates: readonly Invocation[],
  event: unknown,
  fits: (candidate: Invocation) => boolean,
): Invocation | undefined {
  const fitting = candidates.filter(fits);
  if (fitting.length < 2) return fitting[0];
  return fitting.findLast((one) => event === one.event) ?? fitting.findLast((one) => one.isOf(event));
}

function takenTwice(): UndamError {
  return new UndamError(
    'claimed-twice',
    'expected one call of a wrapper in each invocation, got a second one: call a single eachRecord(), wholeBatch() or splitOnError() once, and combine the handlers inside it',
  );
}
