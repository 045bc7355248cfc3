import type { Config } from 'jest';

/** Native ES modules; Node's own type stripper is the only transformation, so lines and columns stay as written. */
const config: Config = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['undam-source', 'node', 'node-addons'] },
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/examples/**/*.test.ts',
    '<rootDir>/tools/**/*.test.ts',
  ],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.cache/', '<rootDir>/tools/packed/projects/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/tools/jest/strip-types.cjs' },
  coverageProvider: 'v8',
  // ES modules of finished tests are never freed (https://github.com/nodejs/node/issues/59118), and a process that holds
  // hundreds of megabytes of them takes longer to end than Jest waits.
  workerIdleMemoryLimit: '350MB',
  // No test is timed: this only ends one that hangs, also on a machine that is busy.
  testTimeout: 60_000,
};

export default config;
