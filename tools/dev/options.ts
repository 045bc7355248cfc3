import { parseArgs } from 'node:util';

export const help = `npm run dev -- --stream NAME --handler FILE#EXPORT [options]

Runs a handler on a real Kinesis stream as an event source mapping would, and reloads it when its files change.

  --stream NAME          the stream; the script only reads it
  --handler FILE#EXPORT  a module and its export (default: handler)
  --endpoint URL         a Kinesis emulator (default: AWS, with the usual credentials)
  --region REGION        the region (default with an endpoint: us-east-1)
  --latest               start at new records (default: at the oldest record)
  --batch-size N         BatchSize (default: 100)
  --report               FunctionResponseTypes: ReportBatchItemFailures
  --bisect               BisectBatchOnFunctionError
  --retries N            MaximumRetryAttempts (default: until records expire)
  --timeout MS           the function's time-out (default: 3000)
  --runtime-client FILE  run in a child process under this official runtime client (index.mjs of aws-lambda-ric)
  --help                 this text`;

export interface DevOptions {
  readonly stream: string;
  readonly handlerFile: string;
  readonly exportName: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly latest: boolean;
  readonly batchSize: number;
  readonly report: boolean;
  readonly bisect: boolean;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly runtimeClient: string | undefined;
}

/** @throws Error that says what was expected; answers undefined for `--help` */
export function devOptions(args: readonly string[]): DevOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stream: { type: 'string' },
      handler: { type: 'string' },
      endpoint: { type: 'string' },
      region: { type: 'string' },
      latest: { type: 'boolean', default: false },
      'batch-size': { type: 'string', default: '100' },
      report: { type: 'boolean', default: false },
      bisect: { type: 'boolean', default: false },
      retries: { type: 'string', default: '-1' },
      timeout: { type: 'string', default: '3000' },
      'runtime-client': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: false,
  });
  if (values.help) return undefined;
  if (values.stream === undefined) throw new Error('expected --stream NAME');
  const [handlerFile, exportName = 'handler'] = values.handler?.split('#') ?? [];
  if (!handlerFile) throw new Error('expected --handler FILE#EXPORT');
  return {
    stream: values.stream,
    handlerFile,
    exportName,
    endpoint: values.endpoint,
    region: values.region,
    latest: values.latest,
    batchSize: whole('--batch-size', values['batch-size']),
    report: values.report,
    bisect: values.bisect,
    retries: whole('--retries', values.retries),
    timeoutMs: whole('--timeout', values.timeout),
    runtimeClient: values['runtime-client'],
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`${name}: expected a whole number, got ${text}`);
  return value;
}
