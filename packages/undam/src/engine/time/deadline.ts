import { UndamError } from '../../base/errors.ts';
import { type LambdaContext, remainingMs } from '../../streams/lambda-context.ts';
import { bounds } from './bounds.ts';

/** The end of an invocation, on the clock. */
export class Deadline {
  /** When Lambda ends it: after its longest time-out where the context does not tell. */
  readonly at: number;
  /** No invocation of Lambda's lasts longer, whatever its context tells. */
  readonly latest: number;
  /** The context tells how much time is left. */
  readonly isKnown: boolean;
  /** The time of one send or one write, at most. */
  readonly storeMs: number;

  constructor(context: Partial<LambdaContext>, now: number) {
    const leftMs = remainingMs(context);
    this.isKnown = leftMs !== undefined;
    this.latest = now + bounds.invocationMs;
    this.storeMs = this.isKnown ? bounds.storeMs : bounds.storeWithoutDeadlineMs;
    this.at = leftMs === undefined ? this.latest : now + leftMs;
  }

  /** @throws UndamError `no-time`: better no start than one that is charged because it had no time */
  demandTime(now: number, endsAt: number, reserveMs: number | undefined): void {
    if (now < endsAt) return;
    throw new UndamError(
      'no-time',
      `${Math.max(0, Math.round(this.at - now))} ms are left to the function's timeout, and reserveMs keeps ${reserveMs} ms of them free: no record can start. Raise the function's Timeout or lower reserveMs`,
    );
  }
}
