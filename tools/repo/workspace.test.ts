import { describe, expect, test } from '@jest/globals';
import { dependenciesFirst, exportTargets, type Manifest } from './workspace.ts';

describe('dependenciesFirst', () => {
  const ordered = (...manifests: Manifest[]) =>
    dependenciesFirst(manifests.map((manifest) => ({ folder: '', manifest }))).map(({ manifest }) => manifest.name);

  test('puts a package behind those it depends on, whatever the kind of dependency', () => {
    const cli = { name: 'cli', dependencies: { simulator: '*', other: '*' } };
    const simulator = { name: 'simulator', peerDependencies: { core: '*' } };
    expect(ordered(cli, simulator, { name: 'core' })).toEqual(['core', 'simulator', 'cli']);
  });

  test('refuses a cycle', () => {
    expect(() => ordered({ name: 'a', dependencies: { b: '*' } }, { name: 'b', devDependencies: { a: '*' } })).toThrow(
      'depend on each other: a, b',
    );
  });
});

test('exportTargets names every file once, in conditions of any depth', () => {
  const exports = {
    '.': { types: './a.d.ts', node: { import: './a.js' }, default: './a.js' },
    './b': './b.js',
    './c': null,
  };
  expect(exportTargets(exports)).toEqual(['./a.d.ts', './a.js', './b.js']);
});
