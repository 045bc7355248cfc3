import { UndamError } from '../../base/errors.ts';
import { type LambdaContext, remainingMs } from '../../streams/lambda-context.ts';
import { bounds } from './bounds.ts';

/** The end of an invocation, on the clock. */
export class Deadline {
  /** Lambda's deadline; without one in the context, the end of Lambda's maximum time-out. */
  readonly at: number;
  /** The end of Lambda's maximum time-out: no invocation lasts longer, even if its context says so. */
  readonly latest: number;
  /** True if the context reports the remaining time. */
  readonly isKnown: boolean;
  /** The maximum duration of one send or one write, in milliseconds. */
  readonly storeMs: number;

  constructor(context: Partial<LambdaContext>, now: number) {
    const leftMs = remainingMs(context);
    this.isKnown = leftMs !== undefined;
    this.latest = now + bounds.invocationMs;
    this.storeMs = this.isKnown ? bounds.storeMs : bounds.storeWithoutDeadlineMs;
    this.at = leftMs === undefined ? this.latest : now + leftMs;
  }

  /** @throws UndamError `no-time`: rather no start than one that is charged for lack of time */
  demandTime(now: number, endsAt: number, reserveMs: number | undefined): void {
    if (now < endsAt) return;
    throw new UndamError(
      'no-time',
      `${Math.max(0, Math.round(this.at - now))} ms remain until the function's timeout, and reserveMs keeps ${reserveMs} ms of them free: no record can start. Raise the function's Timeout or lower reserveMs`,
    );
  }
}
