import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { runLive, type ShardReport } from '@undam/simulator';
import { type DevOptions, devOptions, help } from './options.ts';
import { reloadingFunction } from './reloading-function.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: DevOptions | undefined;
  try {
    options = devOptions(args);
  } catch (error) {
    console.error(`dev: ${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (!options) {
    console.log(help);
    return 0;
  }
  try {
    await dev(options);
    return 0;
  } catch (error) {
    console.error(`dev: ${(error as Error).message}`);
    return 1;
  }
}

/** Runs until interrupted. */
async function dev(options: DevOptions): Promise<void> {
  const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 23)}  ${line}`);
  const reloading = await reloadingFunction(options, say);
  const client = kinesis(options);
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  say(`reading ${options.stream}; interrupt to end`);
  try {
    await runLive({
      client,
      streamName: options.stream,
      invoker: reloading,
      mapping: {
        StartingPosition: options.latest ? 'LATEST' : 'TRIM_HORIZON',
        BatchSize: options.batchSize,
        BisectBatchOnFunctionError: options.bisect,
        MaximumRetryAttempts: options.retries,
        ...(options.report && { FunctionResponseTypes: ['ReportBatchItemFailures'] as const }),
      },
      onProgress: (report) => say(progress(report)),
      onReadFailed: (error) => say(`the stream refused: ${(error as Error).name}`),
      signal: abort.signal,
    });
  } finally {
    await reloading.stop();
    client.destroy();
  }
}

function kinesis({ endpoint, region }: DevOptions): KinesisClient {
  if (endpoint === undefined) return new KinesisClient(region === undefined ? {} : { region });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // Emulators do not speak HTTP/2, the default of the SDK's Kinesis client.
  const requestHandler = new NodeHttpHandler();
  return new KinesisClient({ endpoint, region: region ?? 'us-east-1', credentials, requestHandler });
}

/** Contains no payload. */
function progress({ shardId, invocations, functionErrors, advances, discarded }: ShardReport): string {
  const records = advances.reduce((sum, advance) => sum + advance.records, 0);
  const lost = discarded.reduce((sum, discard) => sum + discard.records.length, 0);
  const counts = [`${invocations} invocations`, `${functionErrors} failed`, `${records} records passed`];
  return `${shardId}  ${[...counts, ...(lost > 0 ? [`${lost} of them discarded`] : [])].join(', ')}`;
}
