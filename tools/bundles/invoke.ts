import { pathToFileURL } from 'node:url';
import { runCommand } from '../repo/run-command.ts';

const program = `
const [url, ...events] = process.argv.slice(1);
const loaded = await import(url);
const handler = loaded.handler ?? loaded.default.handler;
for (const event of events) {
  const endsAt = performance.now() + 10_000;
  const context = { invokedFunctionArn: 'f', getRemainingTimeInMillis: () => endsAt - performance.now() };
  console.log(JSON.stringify(await handler(JSON.parse(event), context)));
}
`;

/** Calls a bundled handler in its own process, one event after the other; resolves to its answers. */
export async function invoke(
  entry: string,
  events: readonly object[],
  env: Record<string, string>,
): Promise<unknown[]> {
  const args = ['--input-type=module', '--eval', program, pathToFileURL(entry).href];
  const output = await runCommand(process.execPath, [...args, ...events.map((event) => JSON.stringify(event))], {
    cwd: new URL('.', pathToFileURL(entry)).pathname,
    env: { ...awsVariables, ...env },
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const awsVariables = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };

/** A batch of one record. */
export const poison = {
  Records: [
    {
      kinesis: { data: 'cG9pc29u', partitionKey: 'a', sequenceNumber: '1', approximateArrivalTimestamp: 1_700_000_000 },
      eventSource: 'aws:kinesis',
      eventID: 'shardId-000000000000:1',
      eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders',
    },
  ],
};
