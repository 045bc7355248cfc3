/** A broken engine: one line of the real source, replaced when the copy is made, and the laws that this has to break. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly line: string;
  readonly becomes: string;
  /** Any of these. */
  readonly breaks: readonly string[];
}

export const mutants: readonly Mutant[] = [
  {
    name: 'leaves the last unresolved record out of the response',
    file: 'conclusion.ts',
    line: 'const unresolved = fates.unresolved();',
    becomes: 'const unresolved = fates.unresolved().slice(0, -1);',
    breaks: ['no-loss'],
  },
  {
    name: 'takes a refusal of the sink for acceptance',
    file: 'arbiter.ts',
    line: 'if (result.accepted) {',
    becomes: 'if (result !== undefined) {',
    breaks: ['no-loss'],
  },
  {
    name: 'reports nothing of a record whose quarantine is pending',
    file: 'fates.ts',
    line: "return outcome === 'done' || outcome === 'quarantined';",
    becomes:
      "return outcome === 'done' || outcome === 'quarantined' || this.#histories.get(index)?.verdict !== undefined;",
    breaks: ['no-loss'],
  },
  {
    name: 'takes a rejection for success',
    file: 'record-run.ts',
    line: "else this.fail(slot.index, 'rejected', ended.error, slot.stage);",
    becomes: 'else this.#done(slot.index);',
    breaks: ['no-loss'],
  },
  {
    name: 'lets the lane go on before the sink has acknowledged',
    file: 'record-run.ts',
    line: "if (next === 'quarantine') this.#pending++;",
    becomes: "if (next === 'quarantine') { this.#pending++; this.#lanes.resolve(index); }",
    breaks: ['lane-order'],
  },
  {
    name: 'starts every record at once',
    file: 'chain.ts',
    line: 'if (last !== 0) {',
    becomes: 'if (last < 0) {',
    breaks: ['lane-order'],
  },
  {
    name: 'repeats an attempt that has not settled',
    file: 'record-run.ts',
    line: 'this.#stepsUnsettled = { acknowledged, mayRepeat: () => false, settled: false };',
    becomes: 'this.#stepsUnsettled = this.#steps;',
    breaks: ['lane-order'],
  },
  {
    name: 'forgets attempts between deliveries',
    file: 'history.ts',
    line: 'attempts: counts(history),',
    becomes: 'attempts: noAttempts,',
    breaks: ['bounded-block'],
  },
  {
    name: 'gives back the attempt of the first record, too, when the budget cuts it off',
    file: 'overtime.ts',
    line: "if (slot.index === 0 && slot.stoodStillMs < ranMs / 2) this.#run.fail(0, 'timed-out', error, slot.stage, settled);",
    becomes: "if (slot.index < -ranMs) this.#run.fail(0, 'timed-out', error, slot.stage, settled);",
    breaks: ['head-progress', 'bounded-block'],
  },
  {
    name: 'charges every record that the budget cuts off',
    file: 'overtime.ts',
    line: "if (slot.index === 0 && slot.stoodStillMs < ranMs / 2) this.#run.fail(0, 'timed-out', error, slot.stage, settled);",
    becomes: "if (slot.index >= -ranMs) this.#run.fail(slot.index, 'timed-out', error, slot.stage, true);",
    breaks: ['uncharged', 'innocent'],
  },
  {
    name: 'counts a stand-still of the event loop against the records',
    file: 'overtime.ts',
    line: 'slot.endsAt += stoodStillMs;',
    becomes: 'slot.endsAt += 0;',
    breaks: ['uncharged', 'innocent'],
  },
  {
    name: 'charges an outage',
    file: 'arbiter.ts',
    line: "if (judgement !== 'outage') {",
    becomes: 'if (judgement !== undefined) {',
    breaks: ['uncharged'],
  },
  {
    name: 'quarantines one attempt early',
    file: 'verdict.ts',
    line: 'return charges(history) >= attempts ?',
    becomes: 'return charges(history) + 1 >= attempts ?',
    breaks: ['uncharged'],
  },
  {
    name: 'runs a record that the ledger knows as done',
    file: 'arbiter.ts',
    line: "if (isResolved(memory)) return 'resolved';",
    becomes: "if (memory.state === 'quarantined') return 'resolved';",
    breaks: ['done-once'],
  },
  {
    name: 'forgets what is done behind the checkpoint',
    file: 'fates.ts',
    line: "return outcome === 'done' ? doneMemory :",
    becomes: "return outcome === 'done' ? undefined :",
    breaks: ['done-once'],
  },
  {
    name: 'takes a record whose decoder was too slow for done',
    file: 'record-calls.ts',
    line: "slot.state === 'running' ? this.#handle(slot, decoded) : { error: slot.abortedBy };",
    becomes: "slot.state === 'running' ? this.#handle(slot, decoded) : 'done';",
    breaks: ['no-loss'],
  },
  {
    name: 'runs a record whose quarantine is pending',
    file: 'arbiter.ts',
    line: 'if (verdict === undefined || this.#rules === undefined)',
    becomes: 'if (verdict === undefined || verdict.stage !== undefined || this.#rules === undefined)',
    breaks: ['done-once'],
  },
  {
    name: 'never ends the budget',
    file: 'record-run.ts',
    line: 'watch.at(budget.endsAt, () => this.#overtime.cutOff());',
    becomes: '',
    breaks: ['in-budget'],
  },
  {
    name: 'waits for the sink until the deadline',
    file: 'budget.ts',
    line: 'sendBy: respondBy - Math.min(ledgerMs, (reserveMs - marginMs) * ledgerShare),',
    becomes: 'sendBy: deadline,',
    breaks: ['in-budget'],
  },
  {
    name: 'waits for the ledger without a bound',
    file: 'recollection.ts',
    line: "await this.#within(answer, limit, 'the ledger did not acknowledge');",
    becomes: 'await answer; void limit;',
    breaks: ['in-budget'],
  },
  {
    name: 'leaves its timer behind',
    file: 'invocation.ts',
    line: 'this.#watch.stop();',
    becomes: '',
    breaks: ['in-budget'],
  },
];
