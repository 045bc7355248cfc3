import type { BrokenEngine } from './broken-engine.ts';

/** Engines that misjudge what a failed attempt means. */
export const brokenVerdicts: readonly BrokenEngine[] = [
  {
    name: 'answers that nothing is left after the sink refused',
    file: 'engine/judge/arbiter.ts',
    line: 'if (result.accepted) {',
    becomes: 'if (result !== undefined) {',
    breaks: ['no-loss'],
  },
  {
    name: 'runs what the ledger knows as done',
    file: 'engine/judge/arbiter.ts',
    line: "if (isResolved(memory)) return 'resolved';",
    becomes: "if (memory.state === 'quarantined') return 'resolved';",
    breaks: ['done-once'],
  },
  {
    name: 'runs what is to be quarantined',
    file: 'engine/judge/arbiter.ts',
    line: 'if (verdict === undefined || this.#rules === undefined)',
    becomes: 'if (verdict === undefined || history.verdict !== undefined || this.#rules === undefined)',
    breaks: ['done-once', 'bounded-block'],
  },
  {
    name: 'quarantines one attempt early',
    file: 'engine/judge/verdict.ts',
    line: 'return charges(history) >= attempts ?',
    becomes: 'return charges(history) + 1 >= attempts ?',
    breaks: ['uncharged'],
  },
  {
    name: 'charges what an outage holds',
    file: 'engine/judge/arbiter.ts',
    line: "if (judgement !== 'outage') {",
    becomes: 'if (judgement) {',
    breaks: ['uncharged'],
  },
  {
    name: 'tells each attempt that it is the first',
    file: 'engine/judge/arbiter.ts',
    line: 'return history === undefined ? 1 : charges(history) + 1;',
    becomes: 'return 1;',
    breaks: ['bounded-block'],
  },
  {
    name: 'takes any error for a permanent one',
    file: 'engine/judge/verdict.ts',
    line: "if (!isPermanentError(error) && unheard(() => isPermanent?.(error)) !== true) return 'ordinary';",
    becomes: "if (unheard(() => isPermanent?.(error)) === false) return 'ordinary';",
    breaks: ['uncharged'],
  },
  {
    name: 'tries again what no attempt can mend',
    file: 'engine/judge/verdict.ts',
    line: "if (judgement !== 'ordinary') return",
    becomes: "if (judgement === 'undecodable') return",
    breaks: ['bounded-block'],
  },
  {
    name: 'takes any throw of a decoder for one that no attempt can mend',
    file: 'engine/judge/verdict.ts',
    line: "!== true) return 'ordinary';",
    becomes: "!== true) return stage === 'decode' ? 'undecodable' : 'ordinary';",
    breaks: ['uncharged'],
  },
  {
    name: 'takes what cannot be decoded for an error of the handler',
    file: 'engine/judge/verdict.ts',
    line: "return stage === 'decode' ? 'undecodable' : 'permanent';",
    becomes: "return stage === undefined ? 'undecodable' : 'permanent';",
    breaks: ['uncharged'],
  },
];
