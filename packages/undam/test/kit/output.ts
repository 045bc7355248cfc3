import { loggedKeys, metricUnits, reasonMetrics } from '../../src/observe/names.ts';

/** One line of a log, as Powertools' `Logger` writes it. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly undam?: Readonly<Record<string, unknown>>;
  readonly correlation_id?: string;
}

/** One line in CloudWatch's embedded metric format. */
export interface MetricLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [key: string]: unknown;
}

export interface Output {
  readonly text: string;
  /** Lines that are no JSON: what Powertools has to say of how it is used. */
  readonly warnings: readonly string[];
  readonly logs: readonly LogLine[];
  readonly metrics: readonly MetricLine[];
}

/** The output to the process's own streams during a run. Powertools writes to them, past the console. */
export async function outputOf(run: () => unknown): Promise<Output> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  let text = '';
  for (const stream of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  try {
    await run();
  } finally {
    for (const [n, stream] of streams.entries()) stream.write = writes[n]!;
  }
  const all = text.split('\n').filter(Boolean);
  const lines: unknown[] = all.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const isMetric = (line: unknown): line is MetricLine => typeof line === 'object' && line !== null && '_aws' in line;
  return {
    text,
    warnings: all.filter((line) => !line.startsWith('{')),
    metrics: lines.filter(isMetric),
    logs: lines.filter((line) => !isMetric(line)) as LogLine[],
  };
}

/** The metrics that a line publishes, by name. */
export function valuesIn(line: MetricLine): Record<string, unknown> {
  const [directive] = line._aws.CloudWatchMetrics;
  return Object.fromEntries(directive!.Metrics.map(({ Name }) => [Name, line[Name]]));
}

/**
 * What CloudWatch would not take, or not understand, of a line in the embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
export function faultsOfMetrics(line: MetricLine): string[] {
  const faults: string[] = [];
  const expectThat = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const { Timestamp, CloudWatchMetrics } = line._aws;
  expectThat(Number.isInteger(Timestamp) && Timestamp > 1_600_000_000_000, 'a timestamp in epoch milliseconds');
  expectThat(CloudWatchMetrics.length === 1, 'one directive');
  for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
    expectThat(/^[\w.#:/-]{1,256}$/.test(Namespace), 'a namespace');
    expectThat(Dimensions.length > 0, 'a set of dimensions');
    for (const set of Dimensions) {
      expectThat(set.length <= 30 && new Set(set).size === set.length, 'at most 30 dimensions');
      for (const name of set) {
        const value = line[name];
        expectThat(typeof value === 'string' && value.length > 0 && value.length <= 1_024, `dimension ${name}`);
      }
    }
    expectThat(Metrics.length > 0 && Metrics.length <= 100, 'at most 100 metrics');
    for (const { Name, Unit } of Metrics) {
      const values = [line[Name]].flat();
      expectThat(values.length > 0 && values.length <= 100 && values.every(Number.isFinite), `a number as ${Name}`);
      expectThat(cloudWatchUnits.has(Unit), `a unit of ${Name}`);
    }
  }
  return faults;
}

const cloudWatchUnits: ReadonlySet<string> = new Set(['Count', 'Milliseconds', 'Percent']);

/** The names in an output of ours that are not in the list of names. */
export function unlistedIn({ logs, metrics }: Output): string[] {
  const keys: ReadonlySet<string> = new Set(loggedKeys);
  const names: ReadonlySet<string> = new Set([...Object.keys(metricUnits), ...Object.values(reasonMetrics)]);
  return [
    ...logs.flatMap(({ undam }) => Object.keys(undam ?? {})).filter((key) => !keys.has(key)),
    ...metrics.flatMap((line) => Object.keys(valuesIn(line))).filter((name) => !names.has(name)),
  ];
}
