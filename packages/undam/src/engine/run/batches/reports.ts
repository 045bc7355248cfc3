/**
 * What a batch handler's report means. `first`: it may have stopped at its first failure, so only the lowest identifier
 * is charged and nothing behind it counts as done. `every`: it runs and reports every record.
 */
export type Reports = 'first' | 'every';
