import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { root } from '../repo/workspace.ts';

const handler = `
import middy from '@middy/core';
import { eachRecord, partialBatch } from 'undam';

export const handler = middy().use(partialBatch()).handler(eachRecord(async () => undefined));
`;

const timeoutMs = 60_000;

/** Runs the script `dev` on a handler of a project with installed packages, until a record of an emulated stream is passed. */
export async function devInProject(project: string): Promise<string> {
  const handlerFile = join(project, 'dev-handler.ts');
  await writeFile(handlerFile, handler);
  const emulator = fork(join(root, 'packages/simulator/src/live/fixtures/kinesalite.mjs'));
  try {
    const early = once(emulator, 'exit').then(() =>
      Promise.reject(new Error('kinesalite: expected its endpoint, but it ended')),
    );
    const [endpoint] = (await Promise.race([once(emulator, 'message'), early])) as [string];
    early.catch(() => {});
    await putOrder(endpoint);
    const options = ['--stream', 'orders', '--handler', handlerFile, '--endpoint', endpoint];
    const dev = spawn(process.execPath, [...(await devScript()), ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await said(dev, /.* [1-9]\d* records passed/);
  } finally {
    emulator.kill('SIGKILL');
  }
}

async function putOrder(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const requestHandler = new NodeHttpHandler();
  const client = new KinesisClient({ endpoint, region: 'us-east-1', credentials, requestHandler });
  try {
    await client.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
    await client.send(new PutRecordCommand({ StreamName: 'orders', PartitionKey: 'a', Data: Buffer.from('{}') }));
  } finally {
    client.destroy();
  }
}

/** The script's arguments for `node`. */
async function devScript(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: { dev: string } };
  const [program, ...args] = scripts.dev.split(' ');
  if (program !== 'node') throw new Error(`package.json: expected a script dev that runs node, got ${scripts.dev}`);
  return args;
}

/** Ends the program once its output matches, and resolves to the match; rejects with the output if the program ends before. */
async function said(program: ChildProcess, pattern: RegExp): Promise<string> {
  const ended = once(program, 'close');
  const timer = setTimeout(() => program.kill('SIGKILL'), timeoutMs);
  let output = '';
  const line = new Promise<string>((resolve) => {
    const take = (text: string): void => {
      output += text;
      const [match] = pattern.exec(output) ?? [];
      if (match !== undefined) resolve(match);
    };
    program.stdout?.setEncoding('utf8').on('data', take);
    program.stderr?.setEncoding('utf8').on('data', take);
  });
  try {
    return await Promise.race([
      line,
      ended.then(() => Promise.reject(new Error(`npm run dev: expected ${pattern} in its output, got\n${output}`))),
    ]);
  } finally {
    program.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}
