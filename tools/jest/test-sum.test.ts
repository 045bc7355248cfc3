import { describe, expect, test } from '@jest/globals';
import { type JestReport, sumReports } from './test-sum.ts';

const report: JestReport = {
  success: true,
  numPassedTests: 10,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

describe('sumReports', () => {
  test('adds the tests of every run in one line', () => {
    const other = {
      ...report,
      success: false,
      numPassedTests: 4,
      numFailedTests: 2,
      numPendingTests: 1,
      numTodoTests: 2,
    };
    expect(sumReports([report, other]).line).toBe('14 passed, 2 failed, 3 skipped');
  });

  test('a test file that could not be run counts as failed', () => {
    expect(sumReports([{ ...report, numRuntimeErrorTestSuites: 1 }])).toEqual({
      line: '10 passed, 1 failed, 0 skipped',
      sound: false,
    });
  });

  test('is sound only if every run succeeded and something ran', () => {
    expect(sumReports([report, report]).sound).toBe(true);
    expect(sumReports([report, { ...report, success: false }]).sound).toBe(false);
    expect(sumReports([]).sound).toBe(false);
  });
});
