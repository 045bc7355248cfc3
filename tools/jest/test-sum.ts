/** What is read of the report that Jest writes with `--json`. */
export interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Test files that could not be run at all, such as those that do not load. */
  readonly numRuntimeErrorTestSuites: number;
}

export interface TestSum {
  readonly line: string;
  /** False if a report says that its run failed, or if there is no report or no test at all. */
  readonly sound: boolean;
}

/** Sums the tests of several runs; a test file that could not be run counts as one failed test. */
export function sumReports(reports: readonly JestReport[]): TestSum {
  const sum = (count: (report: JestReport) => number) => reports.reduce((total, report) => total + count(report), 0);
  const passed = sum((report) => report.numPassedTests);
  const failed = sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites);
  const skipped = sum((report) => report.numPendingTests + report.numTodoTests);
  const sound = passed > 0 && failed === 0 && reports.every(({ success }) => success);
  return { line: `${passed} passed, ${failed} failed, ${skipped} skipped`, sound };
}
