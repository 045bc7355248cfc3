import type { BrokenEngine } from './broken-engine.ts';

/** Engines and ledgers that keep too little or too much of an answer that has not left yet. */
export const brokenAnswered: readonly BrokenEngine[] = [
  {
    name: 'takes what was done seconds ago for recent',
    file: 'engine/recall/marks.ts',
    line: 'const recentMs = 5;',
    becomes: 'const recentMs = 5_000;',
    breaks: ['done-once'],
  },
  {
    name: 'closes its marks before the answer has left',
    file: 'engine/invocation/conclusion.ts',
    line: 'if (checkpoint === 0) this.#ending.withdrawMarks();',
    becomes: 'if (checkpoint >= 0) this.#ending.withdrawMarks();',
    breaks: ['done-once'],
  },
  {
    name: 'takes answered marks of a live process for a death',
    file: 'ledgers/file/recover-files.ts',
    line: 'if (held.has(path)) return [];',
    becomes: 'if (held.has(path) && open(files, path, isPast, problems)?.answered === undefined) return [];',
    breaks: ['done-once'],
  },
  {
    name: 'keeps as done what stands behind a stop-at-first checkpoint',
    file: 'engine/invocation/conclusion.ts',
    line: 'else this.#ending.markAnswered(batchState.knownBefore(checkpoint), this.#batch!.ids.slice(checkpoint));',
    becomes:
      "else this.#ending.markAnswered(new Map(this.#batch!.ids.map((id) => [id, { state: 'done', attempts: { started: 0, failed: 0, timedOut: 0, crashed: 0 } }])), []);",
    breaks: ['no-loss'],
  },
  {
    name: 'forgets with its last hook what it has answered',
    file: 'ledgers/file/marks-file.ts',
    line: 'ended(isAnswered ? file.leave() : file.end());',
    becomes: 'ended(file.end());',
    breaks: ['done-once'],
  },
  {
    name: 'keeps no answer in the place of its claim',
    file: 'ledgers/dynamodb/plan.ts',
    line: 'const fits = answer !== undefined && answer.bytes.length <= room;',
    becomes: 'const fits = answer !== undefined && room < 0;',
    breaks: ['done-once'],
    isOnTable: true,
  },
  {
    name: 'says of its whole batch that its answer passes it',
    file: 'engine/recall/recall.ts',
    line: 'batch.ids.slice(0, checkpoint);',
    becomes: 'batch.ids.slice();',
    breaks: ['no-loss'],
    isOnTable: true,
  },
];
