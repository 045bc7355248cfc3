import type { Ambient } from './clock.ts';
import { Invocation, partialBatchMissing } from './invocation.ts';
import type { LambdaContext } from './lambda-context.ts';

/** What the middlewares and the handler wrapper of one invocation have in common to find each other by. */
export interface Meetable {
  readonly event: unknown;
  readonly context: LambdaContext;
}

const byRequest = new WeakMap<object, Invocation>();
const byHandle = new WeakMap<object, Set<Invocation>>();

/** The invocation of a Middy request, opened by the first middleware that asks. */
export function meet(
  request: Meetable,
  ambient: Ambient,
): { readonly invocation: Invocation; readonly opened: boolean } {
  const known = byRequest.get(request);
  if (known !== undefined) return { invocation: known, opened: false };
  const invocation = new Invocation(request.event, request.context, ambient);
  byRequest.set(request, invocation);
  for (const handle of handlesOf(invocation.event, invocation.context)) {
    const known = byHandle.get(handle);
    if (known === undefined) byHandle.set(handle, new Set([invocation]));
    else known.add(invocation);
  }
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
  for (const handle of handlesOf(event, context)) {
    const candidates = [...(byHandle.get(handle) ?? [])].filter(({ claimed, open }) => open && !claimed);
    const invocation =
      candidates.findLast(({ shownEvent }) => event === shownEvent) ??
      (candidates.length > 1 ? candidates.findLast((candidate) => candidate.isOf(event)) : candidates[0]);
    if (invocation?.settings.partialBatch === undefined) continue;
    invocation.claimed = true;
    return invocation;
  }
  throw partialBatchMissing();
}

/** Our last hook: nobody but its own request finds the invocation any more. */
export function part(invocation: Invocation): void {
  invocation.close();
  for (const handle of handlesOf(invocation.event, invocation.context)) {
    const known = byHandle.get(handle);
    // An entry left in a WeakMap is work for every garbage collection until its key dies.
    if (known?.delete(invocation) && known.size === 0) byHandle.delete(handle);
  }
}

function handlesOf(event: unknown, context: unknown): object[] {
  const records = (event as { Records?: unknown } | null | undefined)?.Records;
  return [context, event, records].filter((handle) => typeof handle === 'object' && handle !== null);
}
