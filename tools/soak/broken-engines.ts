import type { LawName } from './laws/index.ts';

/** A broken engine: one line of the real source, replaced as it is loaded, and the laws that this has to break. */
export interface BrokenEngine {
  readonly name: string;
  /** In `packages/undam/src`. */
  readonly file: string;
  /** Occurs there once. */
  readonly line: string;
  readonly becomes: string;
  /** Any of these. */
  readonly breaks: readonly LawName[];
}

export const brokenEngines: readonly BrokenEngine[] = [
  {
    name: 'drops the last unresolved record from the response',
    file: 'conclusion.ts',
    line: 'const unresolved = fates.unresolved();',
    becomes: 'const unresolved = fates.unresolved().slice(0, -1);',
    breaks: ['no-loss'],
  },
  {
    name: 'ignores that SendMessageBatch took only a part',
    file: 'sinks/sqs-answer.ts',
    line: 'foreign ? confused : verdictOn(accepted.has(id), failures.get(id))',
    becomes: 'foreign ? confused : verdictOn(true, undefined)',
    breaks: ['no-loss'],
  },
  {
    name: 'charges records that the budget cut off',
    file: 'record-run.ts',
    line: 'else this.#options.fates.giveBack(slot.index);',
    becomes: "else this.#fail(slot.index, 'timed-out', error, slot.stage);",
    breaks: ['uncharged', 'innocent'],
  },
  {
    name: 'starts every record of a lane at once',
    file: 'lanes.ts',
    line: 'if (predecessor === undefined) this.#ready[index] = true;',
    becomes: 'if (predecessor !== -1) this.#ready[index] = true;',
    breaks: ['lane-order'],
  },
  {
    name: 'starts the longest lane first',
    file: 'lanes.ts',
    line: 'if (this.#cursor >= stop) return none;',
    becomes:
      'if (this.#cursor >= stop) return none; const length = (i: number): number => this.#successor[i] === none ? 1 : 1 + length(this.#successor[i]!); const longest = ready.reduce((best, is, i) => is && i >= this.#cursor && (best < 0 || length(i) > length(best)) ? i : best, none); if (longest > this.#cursor) { ready[longest] = false; return longest; }',
    breaks: ['head-progress'],
  },
  {
    name: 'lets the lane go on before the sink has acknowledged',
    file: 'record-run.ts',
    line: "if (next === 'quarantine') this.#pending++;",
    becomes: "if (next === 'quarantine') { this.#pending++; this.#lanes.resolve(index); }",
    breaks: ['lane-order'],
  },
  {
    name: 'answers that nothing is left after the sink refused',
    file: 'fates.ts',
    line: 'if (result.accepted) {',
    becomes: 'if (result !== undefined) {',
    breaks: ['no-loss'],
  },
  {
    name: 'takes a ledger that cannot be read for one that knows everything as done',
    file: 'recollection.ts',
    line: "const failed = (error: unknown): void => this.#emit({ type: 'ledger-failed', operation: 'recall', error });",
    becomes:
      "const failed = (): void => recalled(new Map(sequenceNumbers.map((number) => [number, { state: 'done', attempts: { started: 0, failed: 0, timedOut: 0, crashed: 0 } }])));",
    breaks: ['no-loss'],
  },
  {
    name: 'forgets attempts between deliveries',
    file: 'history.ts',
    line: 'attempts: counts(history),',
    becomes: 'attempts: noAttempts,',
    breaks: ['bounded-block', 'no-loss'],
  },
  {
    name: 'runs what the ledger knows as done',
    file: 'fates.ts',
    line: "if (isResolved(memory)) return 'resolved';",
    becomes: "if (memory.state === 'quarantined') return 'resolved';",
    breaks: ['done-once'],
  },
  {
    name: 'forgets what is done behind the checkpoint',
    file: 'fates.ts',
    line: 'return fate === done ? doneMemory :',
    becomes: 'return fate === done ? undefined :',
    breaks: ['done-once'],
  },
  {
    name: 'runs what is to be quarantined',
    file: 'fates.ts',
    line: 'if (verdict === undefined || this.#rules === undefined)',
    becomes: 'if (verdict === undefined || history.verdict !== undefined || this.#rules === undefined)',
    breaks: ['done-once', 'bounded-block'],
  },
  {
    name: 'quarantines one attempt early',
    file: 'fates.ts',
    line: '!(charges(history) >= this.#rules.attempts)',
    becomes: '!(charges(history) + 1 >= this.#rules.attempts)',
    breaks: ['uncharged'],
  },
  {
    name: 'gives back the attempt of the first record, too, when the budget cuts it off',
    file: 'record-run.ts',
    line: "if (slot.index === 0 && slot.stoodStillMs < ranMs / 2) this.#fail(0, 'timed-out', error, slot.stage, steps);",
    becomes: "if (slot.index < -ranMs) this.#fail(0, 'timed-out', error, slot.stage, steps);",
    breaks: ['bounded-block'],
  },
  {
    name: 'counts a stand-still of the event loop against the records',
    file: 'record-run.ts',
    line: 'slot.endsAt += stoodStillMs;',
    becomes: 'slot.endsAt += 0;',
    breaks: ['uncharged', 'innocent'],
  },
  {
    name: 'never ends the budget',
    file: 'record-run.ts',
    line: 'watch.at(budget.endsAt, () => this.#cutOff());',
    becomes: '',
    breaks: ['in-budget'],
  },
  {
    name: 'leaves its timer behind',
    file: 'invocation.ts',
    line: 'this.#watch.stop();',
    becomes: '',
    breaks: ['in-budget'],
  },
  {
    name: 'takes the throw of a call with several records for an answer',
    file: 'batch-run.ts',
    line: 'if (indexes.length > 1) throw error;',
    becomes: 'if (indexes.length > 1) return this.#allSent();',
    breaks: ['fail-closed'],
  },
  {
    name: "quarantines a record with its neighbour's payload",
    file: 'seal.ts',
    line: 'batch.data(index)',
    becomes: 'batch.data(0)',
    breaks: ['no-loss'],
  },
  {
    name: 'hands out the context of an earlier invocation',
    file: 'invocation.ts',
    line: 'const { context } = this;',
    becomes: 'const context = ((globalThis as { kept?: LambdaContext }).kept ??= this.context);',
    breaks: ['apart'],
  },
  {
    name: 'charges what an outage holds',
    file: 'fates.ts',
    line: "if (judgement !== 'outage') {",
    becomes: 'if (judgement) {',
    breaks: ['uncharged'],
  },
  {
    name: 'runs one record more at once than it may',
    file: 'record-run.ts',
    line: 'this.#headAlone ? 1 : this.#options.concurrency',
    becomes: 'this.#headAlone ? 1 : this.#options.concurrency + 1',
    breaks: ['lane-order'],
  },
  {
    name: 'tells each attempt that it is the first',
    file: 'fates.ts',
    line: 'return history === undefined ? 1 : charges(history) + 1;',
    becomes: 'return 1;',
    breaks: ['bounded-block'],
  },
  {
    name: 'lets a handler that has ended hear of another one being stopped',
    file: 'attempt.ts',
    line: "if (getEventListeners(controller.signal, 'abort').length > 0) return;",
    becomes: '',
    breaks: ['innocent'],
  },
  {
    name: 'sends its letters without the attempts that were made',
    file: 'seal.ts',
    line: 'attempts: counts(history),',
    becomes: 'attempts: { ...counts(history), failed: 0 },',
    breaks: ['uncharged'],
  },
  {
    name: 'takes any error for a permanent one',
    file: 'judge.ts',
    line: "if (!isPermanentError(error) && unheard(() => isPermanent?.(error)) !== true) return 'ordinary';",
    becomes: "if (unheard(() => isPermanent?.(error)) === false) return 'ordinary';",
    breaks: ['uncharged'],
  },
  {
    name: 'tries again what no attempt can mend',
    file: 'fates.ts',
    line: "if (judgement !== 'ordinary') return",
    becomes: "if (judgement === 'undecodable') return",
    breaks: ['bounded-block'],
  },
  {
    name: 'fails as a whole when its ledger cannot be read',
    file: 'recollection.ts',
    line: "const failed = (error: unknown): void => this.#emit({ type: 'ledger-failed', operation: 'recall', error });",
    becomes: 'const failed = (error: unknown): void => { throw error; };',
    breaks: ['fail-closed'],
  },
  {
    name: 'overlooks what a batch handler reports of records that it did not get',
    file: 'answer.ts',
    line: 'if (position === undefined)',
    becomes: 'if (position === undefined) continue; else if (position < 0)',
    breaks: ['no-loss', 'fail-closed'],
  },
  {
    name: 'charges everything that a handler reports which stopped at its first failure',
    file: 'batch-run.ts',
    line: '(every ? reading.failed : reading.failed.slice(0, 1))',
    becomes: 'reading.failed',
    breaks: ['innocent'],
  },
  {
    name: 'reports from the last to the first',
    file: 'conclusion.ts',
    line: 'this.#answer = { batchItemFailures: this.#unresolved.map(',
    becomes: 'this.#answer = { batchItemFailures: this.#unresolved.toReversed().map(',
    breaks: ['fail-closed'],
  },
  {
    name: 'gives a letter another id each time that it is sent',
    file: 'seal.ts',
    line: 'id: envelopeId(origin, 0),',
    becomes: 'id: envelopeId(origin, now),',
    breaks: ['done-once'],
  },
  {
    name: 'recalls by place instead of sequence number',
    file: 'memories.ts',
    line: 'const memory = answer.get(sequenceNumber);',
    becomes: 'const memory = [...answer.values()][memories.size];',
    breaks: ['no-loss', 'done-once', 'lane-order'],
  },
  {
    name: "takes SQS's acknowledgements by place instead of Id",
    file: 'sinks/sqs-answer.ts',
    line: 'verdictOn(accepted.has(id), failures.get(id))',
    becomes: 'verdictOn(ids.indexOf(id) < accepted.size, failures.get(ids[ids.indexOf(id) + 1] ?? id))',
    breaks: ['no-loss', 'lane-order'],
  },
  {
    name: 'lets the ledger write for as long as it likes',
    file: 'recollection.ts',
    line: 'const limit = Math.min(respondBy, this.#clock.now() + rememberWithoutDeadlineMs);',
    becomes: 'const limit = respondBy + rememberWithoutDeadlineMs;',
    breaks: ['in-budget'],
  },
];
