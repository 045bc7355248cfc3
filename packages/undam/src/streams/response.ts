/** The state of a record at the end of an invocation. The last three are unresolved: Lambda must deliver the record again. */
export type Outcome = 'done' | 'quarantined' | 'failed' | 'deferred' | 'held';

/** The response that Lambda reads under `FunctionResponseTypes: ['ReportBatchItemFailures']`. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
