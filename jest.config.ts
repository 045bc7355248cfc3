import type { Config } from 'jest';

/** Native ES modules; Node's own type stripper is the only transformation, so lines and columns stay as written. */
const config: Config = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['undam-source', 'node', 'node-addons'] },
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/examples/**/*.test.ts',
    '<rootDir>/tools/**/*.test.ts',
  ],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.cache/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/tools/strip-types.cjs' },
  coverageProvider: 'v8',
  // No test is timed: this only ends one that hangs, also on a machine that is busy.
  testTimeout: 60_000,
};

export default config;
