import type { DidId } from './did.ts';
import type { Fate, Simulation } from './report/result.ts';

/** A matcher's answer, in the form that both Jest and Vitest take. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/**
 * Matchers for `expect` of Jest and Vitest: `expect.extend(matchers)`.
 *
 * - `toLoseNothing()`: every record written was passed because the function's answer does not report it, or because a filter that
 *   can read it does not match. It knows no more than the function says: see `toHandle`.
 * - `toHandle(ids)`: the function called `did(id)` at least once for each of these ids, and for no other.
 * - `toKeepMoving(ms)`: no sample of the iterator age is above `ms`; needs `sampleMs`.
 *
 * @throws Error for input that can prove nothing: no records, no ids, no samples
 */
export const matchers: {
  toLoseNothing(simulation: Simulation): MatcherResult;
  toHandle(simulation: Simulation, ids: Iterable<DidId>): MatcherResult;
  toKeepMoving(simulation: Simulation, ms: number): MatcherResult;
} = {
  toLoseNothing(simulation) {
    mustBeSimulation(simulation);
    const { records, isComplete } = simulation;
    if (records.length === 0)
      throw new Error('expected a simulation with records, got none, which proves nothing: pass records to simulate()');
    if (!isComplete) return failing('expected a run that writes all records, got one that ended before: raise untilMs');
    const lost = records.filter(({ fate }) => fate !== 'processed' && fate !== 'filtered');
    const [first] = lost;
    if (!first && records.every(({ fate }) => fate === 'filtered'))
      return failing(`expected a record that a filter matches, got ${records.length} that none matches`);
    if (!first)
      return {
        pass: true,
        message: () => `expected a lost record, got ${records.length} records and none of them lost`,
      };
    const { shardId, sequenceNumber } = first.record;
    return failing(
      `expected all ${records.length} records processed, got ${lost.length} that were not; first ${sequenceNumber} of ${shardId}: ` +
        `${first.fate} (${reasonOf(first.fate, simulation)})`,
    );
  },
  toHandle(simulation, ids) {
    mustBeSimulation(simulation);
    if (typeof ids === 'string')
      throw new TypeError(`toHandle(): expected a list of ids, got a string: write ['${ids}']`);
    const { did } = simulation;
    const expected = new Set(ids);
    if (expected.size === 0)
      throw new Error('expected ids that the function must handle, got none, which proves nothing');
    const handled = new Set(did.map(({ id }) => id));
    const missing = [...expected].filter((id) => !handled.has(id));
    const others = [...handled].filter((id) => !expected.has(id));
    if (missing.length + others.length === 0) {
      return { pass: true, message: () => `expected the ids handled to differ from these ${expected.size}` };
    }
    const problems = [
      ...(missing.length > 0 ? [`${missing.length} missing, first ${shown(missing)}`] : []),
      ...(others.length > 0 ? [`${others.length} unexpected, first ${shown(others)}`] : []),
    ];
    const hint = did.length === 0 ? '; did() was never called: call it where the work has its effect' : '';
    return failing(`expected ${expected.size} ids handled, got ${problems.join('; ')}${hint}`);
  },
  toKeepMoving(simulation, ms) {
    mustBeSimulation(simulation);
    const { iteratorAge } = simulation;
    const [first, ...others] = iteratorAge;
    if (!first) throw new Error('expected samples of the iterator age, got none: pass sampleMs to simulate()');
    const oldest = others.reduce((a, b) => (b.ageMs > a.ageMs ? b : a), first);
    const got = `got ${oldest.ageMs} ms in ${oldest.shardId} at ${oldest.atMs} ms`;
    const expected = oldest.ageMs <= ms ? 'more than' : 'at most';
    return { pass: oldest.ageMs <= ms, message: () => `expected an iterator age of ${expected} ${ms} ms, ${got}` };
  },
};

function mustBeSimulation(given: unknown): void {
  if (typeof (given as PromiseLike<unknown> | undefined)?.then === 'function')
    throw new TypeError('expected what simulate() resolves with, got its promise: write expect(await simulate(…))');
  if (!Array.isArray((given as Partial<Simulation> | undefined)?.records))
    throw new TypeError(`expected what simulate() resolves with, got ${String(given)}`);
}

function failing(message: string): MatcherResult {
  return { pass: false, message: () => message };
}

function shown(ids: readonly DidId[]): string {
  return JSON.stringify(ids[0]);
}

function reasonOf(fate: Fate, { mapping }: Simulation): string {
  if (fate === 'passed-though-reported') {
    return mapping.FunctionResponseTypes.length > 0
      ? 'the function reported it in another form than batchItemFailures: [{ itemIdentifier }]'
      : "the function reported it, but Lambda reads no report: set FunctionResponseTypes: ['ReportBatchItemFailures']";
  }
  return reasons[fate];
}

const reasons: Readonly<Record<Exclude<Fate, 'passed-though-reported'>, string>> = {
  processed: 'the answer does not report it',
  filtered: 'no filter matches it',
  discarded: 'its retries or its age ran out, or those of the final invocation of its tumbling window',
  expired: 'it left the stream before the function processed it: its retention ended',
  unreadable: 'a filter asks for data, and its data is not JSON: Lambda drops it silently',
  dropped: 'a user record of its KPL aggregate belongs to another shard: enhanced fan-out drops the whole aggregate',
  'before-start': "it precedes the mapping's starting position",
  waiting: 'it was still waiting at the end of the run, or for the final invocation of its tumbling window',
};
