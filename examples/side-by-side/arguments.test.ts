import { expect, test } from '@jest/globals';
import { readArguments } from './arguments.ts';

test('--json takes a file, --help stands above all', () => {
  expect(readArguments([])).toEqual({ kind: 'run' });
  expect(readArguments(['--json', 'figures.json'])).toEqual({ kind: 'run', json: 'figures.json' });
  expect(readArguments(['--json', 'figures.json', '--help'])).toEqual({ kind: 'help' });
});

test.each([[['--jsn', 'x']], [['--json']], [['--json', '']], [['figures.json']]])(
  '%j is a mistake, said clearly',
  (args) => {
    expect(readArguments(args)).toEqual({ kind: 'mistake', problem: expect.stringMatching(/json|jsn/) });
  },
);
