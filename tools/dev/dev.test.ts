import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { devOptions } from './options.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(root, '.dev-'));
const handlerFile = join(folder, 'handler.mjs');
let emulator: ChildProcess;
let endpoint: string;
let client: KinesisClient;

beforeAll(async () => {
  emulator = fork(join(root, 'packages/simulator/src/live/fixtures/kinesalite.mjs'));
  [endpoint] = (await once(emulator, 'message')) as [string];
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new KinesisClient({ endpoint, region: 'us-east-1', credentials, requestHandler: new NodeHttpHandler() });
  await client.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
});

afterAll(async () => {
  client.destroy();
  emulator.kill('SIGKILL');
  await once(emulator, 'exit');
  rmSync(folder, { recursive: true });
});

const put = () =>
  client.send(new PutRecordCommand({ StreamName: 'orders', PartitionKey: 'a', Data: Buffer.from('secret') }));
const handlerThatSays = (word: string): void => {
  writeFileSync(
    handlerFile,
    `export const handler = async ({ Records }) => { console.log('${word}', Records.length); };`,
  );
};

test.each([
  ['in this process', []],
  ['under the official runtime client', ['--runtime-client', join(root, 'node_modules/aws-lambda-ric/index.mjs')]],
])('a handler %s takes records, is loaded again when it changes, and nothing is left at the end', async (_, more) => {
  handlerThatSays('first');
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning', join(root, 'tools/dev/main.ts')];
  const args = ['--stream', 'orders', '--handler', handlerFile, '--endpoint', endpoint, '--latest', ...more];
  const dev = spawn(process.execPath, [...flags, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  dev.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const says = async (pattern: RegExp, meanwhile?: () => Promise<unknown>): Promise<void> => {
    while (!pattern.test(output)) {
      await meanwhile?.();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  await says(/reading orders/);
  await says(/1 invocations, 0 failed/, put);
  handlerThatSays('second');
  await says(/loaded again/, put);
  await says(/\d+ records passed[\s\S]*loaded again[\s\S]*records passed/, put);
  dev.kill('SIGINT');
  const [code] = (await once(dev, 'exit')) as [number];
  expect(code).toBe(0);
  expect(output).not.toContain('secret');
});

test('arguments are read, and what is wrong with them is said', () => {
  expect(devOptions(['--help'])).toBeUndefined();
  expect(devOptions(['--stream', 's', '--handler', 'a.ts#run', '--report'])).toMatchObject({
    handlerFile: 'a.ts',
    exportName: 'run',
    report: true,
    batchSize: 100,
  });
  expect(() => devOptions(['--handler', 'a.ts'])).toThrow('expected --stream NAME');
  expect(() => devOptions(['--stream', 's'])).toThrow('expected --handler FILE#EXPORT');
  expect(() => devOptions(['--stream', 's', '--handler', 'a', '--retries', 'many'])).toThrow('got many');
});
