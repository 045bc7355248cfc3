import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the drawing in the README is the same in light and dark, but for its colours', () => {
  const [light, dark] = ['light', 'dark'].map((scheme) => read(`docs/poison-record-${scheme}.svg`));
  const palette = /^ *:root \{.*\}$/m;
  expect(light?.replace(palette, '')).toBe(dark?.replace(palette, ''));
  expect(light).not.toBe(dark);
});

test('the README shows the dark drawing to those who ask for dark, and the light one to all others', () => {
  expect(read('README.md')).toMatch(
    /<picture>\n.*prefers-color-scheme: dark.*poison-record-dark\.svg.*\n.*<img src="docs\/poison-record-light\.svg"/,
  );
});
