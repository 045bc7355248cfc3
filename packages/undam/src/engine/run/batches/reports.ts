/**
 * The meaning of a batch handler's report. `first`: the handler may stop at its first failure, so only the lowest identifier is
 * charged, and no record behind it counts as done. `every`: the handler runs and reports every record.
 */
export type Reports = 'first' | 'every';
