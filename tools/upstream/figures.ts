/** The fields of Vitest's JSON report in use. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

export interface Figure {
  readonly passed: number;
  readonly total: number;
}

export interface UpstreamFigures {
  /** Tests that name Kinesis or DynamoDB. */
  readonly streams: Figure;
  /** The others, most of them on SQS records. */
  readonly others: Figure;
  /** One line for each test that did not pass, and for each file that could not run. */
  readonly failures: readonly string[];
}

/** Counts the results of a run; a skipped test has not passed. */
export function upstreamFigures({ testResults }: VitestReport): UpstreamFigures {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const unrun = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  return {
    streams: figure(tests.filter(isOfStreams)),
    others: figure(tests.filter((test) => !isOfStreams(test))),
    failures: [
      ...unrun.map(({ name, message = '' }) => `${name}: ${firstLine(message)}`),
      ...tests
        .filter(({ status }) => status !== 'passed')
        .map(({ fullName, status, failureMessages }) => `${fullName}: ${firstLine(failureMessages?.[0] ?? status)}`),
    ],
  };
}

type Test = VitestReport['testResults'][number]['assertionResults'][number];

function isOfStreams({ fullName }: Test): boolean {
  return /kinesis|dynamodb/i.test(fullName);
}

function figure(tests: readonly Test[]): Figure {
  return { passed: tests.filter(({ status }) => status === 'passed').length, total: tests.length };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
