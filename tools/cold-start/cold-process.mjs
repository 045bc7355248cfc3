/**
 * A fresh process: imports a bundle, makes one invocation if an event is given, and lists the modules that Node has loaded for
 * it. Every call that would load ICU throws.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle, event] = process.argv.slice(2);
const before = new Set(process.moduleLoadList);
const loaded = () => process.moduleLoadList.filter((name) => !before.has(name));

for (const { prototype } of [Number, BigInt, String, Date, Array, Object, Uint8Array]) {
  for (const name of Object.getOwnPropertyNames(prototype).filter((own) => /locale/i.test(own))) {
    Object.defineProperty(prototype, name, { value: () => refuse(`${name}()`) });
  }
}
Object.defineProperty(globalThis, 'Intl', { get: () => refuse('Intl') });

function refuse(what) {
  throw new Error(`${what} was used`);
}

const answer = {};
try {
  const { handler } = await import(pathToFileURL(bundle));
  answer.atImport = loaded();
  if (event !== undefined) {
    answer.response = await handler(JSON.parse(readFileSync(event, 'utf8')), {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-consumer',
      functionVersion: '1',
      awsRequestId: 'request',
      getRemainingTimeInMillis: () => 10_000,
    });
    answer.atResponse = loaded();
  }
} catch (error) {
  answer.error = error.message;
}
process.stdout.write(`\n${JSON.stringify(answer)}`);
