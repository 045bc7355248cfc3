/** A fresh process that measures the import of a bundle and its first two invocations. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle, event] = process.argv.slice(2);
const json = readFileSync(event, 'utf8');

const importing = cpuMs();
const { handler } = await import(pathToFileURL(bundle));
const figures = { importMs: cpuMs() - importing, rssBytes: process.memoryUsage.rss() };
figures.firstMs = await invoke(1);
figures.secondMs = await invoke(2);
console.log(JSON.stringify(figures));

async function invoke(number) {
  const records = JSON.parse(json);
  const context = {
    functionName: 'orders-consumer',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-consumer',
    memoryLimitInMB: '512',
    awsRequestId: `request-${number}`,
    getRemainingTimeInMillis: () => 60_000,
  };
  const invoking = cpuMs();
  const { batchItemFailures } = await handler(records, context);
  if (batchItemFailures?.length !== 0) throw new Error('a record has failed');
  return cpuMs() - invoking;
}

/**
 * CPU time, including V8's own threads: the time that a Lambda function with part of a core waits, however busy this machine is.
 */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
