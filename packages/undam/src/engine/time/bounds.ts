/**
 * The maximum waits for foreign code, in milliseconds. The budget usually ends a wait sooner. Without a deadline in the context
 * (a test, an emulator) only these bounds apply.
 */
export const bounds = {
  /**
   * An invocation without a deadline in its context: Lambda's maximum time-out.
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   */
  invocationMs: 900_000,
  /** The ledger's `recall`, before the handler starts; a quarter of the remaining time if that is less. */
  recallMs: 1_000,
  /** One send to the sink, or one write of the ledger. */
  storeMs: 30_000,
  /** The same without a deadline: a test sees the refusal within its runner's five seconds. */
  storeWithoutDeadlineMs: 3_000,
  /** The `check` of one sink or ledger. */
  checkMs: 10_000,
  /** Other middlewares' `onError` hooks, one of which may have kept ours from running. */
  onErrorMs: 5_000,
} as const;
