/** Growth of the heap over invocations while V8 collects only its young generation. Needs `--expose-gc`. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle, event] = process.argv.slice(2);
const json = readFileSync(event, 'utf8');
const { handler } = await import(pathToFileURL(bundle));
const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-consumer',
  getRemainingTimeInMillis: () => 60_000,
};

await invoke(200);
gc();
const least = process.memoryUsage().heapUsed;
let most = least;
for (let part = 0; part < 20; part++) {
  await invoke(20);
  // An object may survive two of them: it is copied once before it counts as old.
  for (let time = 0; time < 2; time++) gc({ type: 'minor' });
  most = Math.max(most, process.memoryUsage().heapUsed);
}
process.stdout.write(`\n${JSON.stringify({ growth: most - least, ofEvents: 400 * json.length })}`);

async function invoke(times) {
  for (let time = 0; time < times; time++) await handler(JSON.parse(json), context);
}
