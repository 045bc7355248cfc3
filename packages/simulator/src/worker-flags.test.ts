import { execFileSync } from 'node:child_process';
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

test('a simulation starts in a process whose flags no thread may have', () => {
  const script = `
    import { simulate } from '${new URL('./simulate.ts', import.meta.url).href}';
    const handler = new URL('${new URL('./observed.fixture.ts', import.meta.url).href}');
    const { did } = await simulate({ handler, records: [{ put: { partitionKey: 'a', data: 'a' } }] });
    console.log(did.length);`;
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning', '--expose-gc'];
  const more = ['--max-old-space-size=512', '--title=mine', '--input-type=module', '-e', script];
  expect(execFileSync(process.execPath, [...flags, ...more], { encoding: 'utf8' })).toBe('1\n');
});
