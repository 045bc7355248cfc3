import type { BrokenEngine } from './broken-engine.ts';

/** Engines that call handlers of whole batches wrongly, or answer wrongly. */
export const brokenAnswers: readonly BrokenEngine[] = [
  {
    name: 'drops the last unresolved record from the response',
    file: 'engine/invocation/conclusion.ts',
    line: 'const numbers = batchState.unresolved().map(',
    becomes: 'const numbers = batchState.unresolved().slice(0, -1).map(',
    breaks: ['no-loss'],
  },
  {
    name: 'leaves its timer behind',
    file: 'engine/invocation/invocation.ts',
    line: 'this.#timer.stop();',
    becomes: '',
    breaks: ['in-budget'],
  },
  {
    name: 'takes the throw of a call with several records for an answer',
    file: 'engine/run/batches/batch-run.ts',
    line: 'throw error;',
    becomes: 'return;',
    breaks: ['fail-closed'],
  },
  {
    name: 'hands out the context of an earlier invocation',
    file: 'engine/invocation/invocation.ts',
    line: 'context: this.context,',
    becomes: 'context: ((globalThis as { kept?: LambdaContext }).kept ??= this.context),',
    breaks: ['apart'],
  },
  {
    name: 'overlooks what a batch handler reports of records that it did not get',
    file: 'engine/run/batches/answer.ts',
    line: 'if (named === undefined)',
    becomes: 'if (named === undefined) continue; else if (named.length === 0)',
    breaks: ['no-loss', 'fail-closed'],
  },
  {
    name: 'charges everything that a handler reports which stopped at its first failure',
    file: 'engine/run/batches/batch-run.ts',
    line: 'every ? reading.failed : this.#lowest(reading.failed, indexes)',
    becomes: 'reading.failed',
    breaks: ['innocent'],
  },
  {
    name: 'charges a record of a call with several that threw',
    file: 'engine/run/batches/split-run.ts',
    line: 'if (isOutageError(error) || this.#lone !== undefined) return this.#hold(chunk);',
    becomes:
      "if (isOutageError(error) || this.#lone !== undefined) return this.#hold(chunk); this.#calls.fail(chunk[0]!, { how: 'rejected', error, settled: true });",
    breaks: ['innocent', 'uncharged'],
  },
  {
    name: 'takes the second half for done once the first has thrown',
    file: 'engine/run/batches/split-run.ts',
    line: 'this.#queue.push(chunk.slice(half), chunk.slice(0, half));',
    becomes: 'this.#queue.push(chunk.slice(0, half)); for (const index of chunk.slice(half)) arbiter.done(index);',
    breaks: ['no-loss'],
  },
  {
    name: 'calls what stands behind an unresolved record',
    file: 'engine/run/batches/split-queue.ts',
    line: 'return !this.#blocked.has(lane);',
    becomes: 'return true;',
    breaks: ['lane-order'],
  },
  {
    name: 'holds what throws without a success as often as it comes',
    file: 'engine/run/batches/split-run.ts',
    line: 'else if (batchState.wasGivenBack(index)) await',
    becomes: 'else if (index < 0) await',
    breaks: ['bounded-block', 'no-loss'],
  },
  {
    name: 'reports from the last to the first',
    file: 'engine/invocation/conclusion.ts',
    line: 'this.#given = { batchItemFailures: this.#unresolved.map(',
    becomes: 'this.#given = { batchItemFailures: this.#unresolved.toReversed().map(',
    breaks: ['fail-closed'],
  },
  {
    name: 'reports nothing of a record whose quarantine is pending',
    file: 'engine/judge/batch-state.ts',
    line: "return outcome === 'done' || outcome === 'quarantined';",
    becomes:
      "return outcome === 'done' || outcome === 'quarantined' || this.#histories.get(index)?.verdict !== undefined;",
    breaks: ['no-loss'],
  },
];
