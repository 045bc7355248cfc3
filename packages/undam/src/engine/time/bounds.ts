/**
 * The longest waits for what is not ours, in milliseconds. The budget ends most of them sooner; where the context tells
 * no deadline (a test, an emulator), these alone do.
 */
export const bounds = {
  /** An invocation whose context tells no deadline: Lambda's longest. https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
  invocationMs: 900_000,
  /** The ledger's answer before the handler starts; a quarter of the time left where that is less. */
  recallMs: 1_000,
  /** One send to the sink, one write of the ledger. */
  storeMs: 30_000,
  /** The same without a deadline: a test sees the refusal before its runner's five seconds are over. */
  storeWithoutDeadlineMs: 3_000,
  /** The check of one sink or ledger. */
  checkMs: 10_000,
  /** Other middlewares' `onError` hooks, where one of them may have kept ours from being reached. */
  onErrorMs: 5_000,
} as const;
