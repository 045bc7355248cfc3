import { expect, test } from '@jest/globals';
import { arrowsOf, circlesOf } from './structure.ts';

const edges = (...pairs: readonly string[]) =>
  pairs.map((pair) => {
    const [from, to] = pair.split(' ') as [string, string];
    return { from, to };
  });

test('arrows are counted between folders, not inside one', () => {
  const arrows = arrowsOf(edges('a/x b/y', 'a/z b/y', 'a/x a/z', 'index b/y'));
  expect(arrows.map(({ from, to, imports }) => [from, to, imports.length])).toEqual([
    ['.', 'b', 1],
    ['a', 'b', 2],
  ]);
});

test.each([
  ['none in a tree', edges('a b', 'a c', 'b c'), []],
  ['two that import each other', edges('a b', 'b a', 'b c'), [['a', 'b']]],
  [
    'one by a detour, and another',
    edges('a b', 'b c', 'c a', 'c d', 'd e', 'e d'),
    [
      ['d', 'e'],
      ['a', 'b', 'c'],
    ],
  ],
  ['none where two ways meet', edges('a b', 'a c', 'b d', 'c d'), []],
  ['one that is reached before it closes', edges('x b', 'x a', 'a b', 'b c', 'c a'), [['a', 'b', 'c']]],
])('circles: %s', (_, graph, circles) => {
  expect(circlesOf(graph)).toEqual(circles);
});
