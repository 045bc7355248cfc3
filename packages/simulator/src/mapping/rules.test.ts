import { expect, test } from '@jest/globals';
import { defaultAssumptions } from './assumptions.ts';
import { mappingRules } from './rules.ts';
import { unmodelledRecordings } from './unmodelled-recordings.ts';
import { vectors } from './vectors.fixture.ts';

const recorded = mappingRules.flatMap(({ basis }) => ('recorded' in basis ? basis.recorded : []));
const assumed = mappingRules.flatMap(({ basis }) => ('assumed' in basis ? [basis.assumed] : []));

test('every assumption is a rule, once', () => {
  expect([...assumed].sort()).toEqual(Object.keys(defaultAssumptions).sort());
});

test('every recording that a rule names is one of the vectors, and is driven', () => {
  const driven = vectors.map(({ name }) => name).filter((name) => !(name in unmodelledRecordings));
  expect(recorded.filter((name) => !driven.includes(name))).toEqual([]);
});

test('every recording that is driven is named by a rule', () => {
  const isRecorded = ({ source }: { readonly source: unknown }): boolean => /^aws-/.test([source].flat().join());
  const driven = vectors.filter((vector) => !(vector.name in unmodelledRecordings) && isRecorded(vector));
  expect(driven.map(({ name }) => name).filter((name) => !recorded.includes(name))).toEqual([]);
});
