import { afterAll, afterEach, jest } from '@jest/globals';

/** What a file of tests writes to `console.warn` and `console.error`, which stay silent meanwhile. */
export interface LoggedLines {
  /** What has been logged since this was last asked, oldest first. */
  take(): unknown[];
  /** The same as one text. */
  takeText(): string;
  /** The same, parsed. */
  takeParsed(): Record<string, unknown>[];
  /** Those of them that tell of a failed attempt. */
  takeFailures(): Record<string, unknown>[];
  /** The count of calls of `console.error` that were not taken. */
  errorCalls(): number;
}

/** Each test begins in Lambda's text format. */
export function useLoggedLines(): LoggedLines {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const error = jest.spyOn(console, 'error').mockImplementation(() => {});
  afterAll(() => {
    warn.mockRestore();
    error.mockRestore();
  });
  afterEach(() => {
    delete process.env.AWS_LAMBDA_LOG_FORMAT;
  });
  const take = (): unknown[] => {
    const lines = [warn, error].flatMap(({ mock }) =>
      mock.calls.map(([line], n) => ({ line, order: mock.invocationCallOrder[n]! })),
    );
    warn.mockClear();
    error.mockClear();
    return lines.sort((a, b) => a.order - b.order).map(({ line }) => line);
  };
  const takeParsed = () => take().map((line) => JSON.parse(line as string) as Record<string, unknown>);
  return {
    take,
    takeText: () => take().join('\n'),
    takeParsed,
    takeFailures: () => takeParsed().filter(({ undam }) => undam === 'attempt-failed'),
    errorCalls: () => error.mock.calls.length,
  };
}
