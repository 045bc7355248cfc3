/** How an invocation left a record (design: terms). The last three are unresolved: the record must be delivered again. */
export type Outcome = 'done' | 'quarantined' | 'failed' | 'deferred' | 'held';

/** What Lambda reads with `FunctionResponseTypes: ['ReportBatchItemFailures']`. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
