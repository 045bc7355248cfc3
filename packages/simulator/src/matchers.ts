import type { SimulationResult } from './simulate.ts';

/** What a matcher answers, in the form that both Jest and Vitest take. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/**
 * Matchers for `expect`, in Jest and Vitest: `expect.extend(matchers)`.
 *
 * - `toLoseNothing`: no record was discarded by the mapping or left the stream, and none still waits.
 * - `toKeepMoving(ms)`: no record was older than `ms` in any sample of the iterator age; needs `sampleMs`.
 */
export const matchers: {
  toLoseNothing(simulation: SimulationResult): MatcherResult;
  toKeepMoving(simulation: SimulationResult, ms: number): MatcherResult;
} = {
  toLoseNothing(simulation) {
    const lost = simulation.records.filter(({ fate }) => fate !== 'processed' && fate !== 'filtered');
    const [first] = lost;
    const which = first ? `, the first ${first.record.sequenceNumber} of ${first.record.shardId}: ${first.fate}` : '';
    const message = `expected all ${simulation.records.length} records processed, ${lost.length} were not${which}`;
    return { pass: lost.length === 0, message: () => message };
  },
  toKeepMoving(simulation, ms) {
    const { iteratorAge } = simulation;
    if (iteratorAge.length === 0) {
      return { pass: false, message: () => 'expected samples of the iterator age: give simulate() a sampleMs' };
    }
    const oldest = iteratorAge.reduce((a, b) => (b.ageMs > a.ageMs ? b : a));
    const message = `expected an iterator age of at most ${ms} ms, got ${oldest.ageMs} ms in ${oldest.shardId} at ${oldest.atMs} ms`;
    return { pass: oldest.ageMs <= ms, message: () => message };
  },
};
