import { expect, test } from '@jest/globals';
import { workerFlags } from './worker-flags.ts';

test.each([
  [['--input-type=module', '-e', 'await 1', '--conditions=mine'], ['--conditions=mine']],
  [
    ['--import', './instrument.mjs', '--enable-source-maps'],
    ['--import', './instrument.mjs', '--enable-source-maps'],
  ],
  [
    ['-C', 'mine', '--watch-path=src', '--watch', '--test'],
    ['-C', 'mine'],
  ],
  [
    ['--print', '1', '--eval=2', '-r', './a.cjs'],
    ['-r', './a.cjs'],
  ],
])('of %j a worker gets %j', (execArgv, flags) => {
  expect(workerFlags(execArgv)).toEqual(flags);
});
