import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kinesisEventJson } from '../bench/kinesis-event.ts';
import { quickStart } from '../packed/quick-start.ts';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import { type Format, minified } from './minified.ts';

interface ColdProcess {
  readonly atImport: readonly string[];
  readonly atResponse: readonly string[];
  readonly response: unknown;
  readonly error?: string;
}

/** Middy alone around a handler with the same work as the quick start's: the modules that it loads are free. */
const bare = `import middy from '@middy/core';
export const handler = middy().handler(async ({ Records }) => {
  const { signal } = new AbortController();
  for (const { kinesis } of Records) console.log(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()).orderId, signal.aborted);
});`;
/** The first invocation also needs the folder for temporary files. */
const forTheFileLedger = ['Internal Binding os', 'NativeModule os'];

const folder = mkdtempSync(join(tmpdir(), 'undam-cold-start-'));
const event = join(folder, 'event.json');
const bundles: Record<string, string> = {
  bare,
  'quick start': quickStart(readFileSync(join(root, 'packages/undam/README.md'), 'utf8')),
  'every entry': `import middy from '@middy/core';
export const handler = middy().handler(() => ({}));
${['undam', 'undam/decode', 'undam/dynamodb', 'undam/envelope', 'undam/mapping', 'undam/sqs']
  .map((entry, n) => `export * as entry${n} from '${entry}';`)
  .join('\n')}`,
  'refused option': `import { timeBudget } from 'undam'; export const handler = timeBudget({ reserveMs: 0 });`,
};
const fileOf = (name: string, format: Format): string => join(folder, `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`);

beforeAll(async () => {
  writeFileSync(event, kinesisEventJson(3, 3));
  for (const [name, code] of Object.entries(bundles)) {
    for (const format of ['esm', 'cjs'] as const) writeFileSync(fileOf(name, format), await minified(code, format));
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

async function cold(node: string, name: string, format: Format): Promise<ColdProcess> {
  const program = join(root, 'node_modules', node, 'bin/node');
  const script = join(import.meta.dirname, 'cold-process.mjs');
  const env = {
    // Files of another process are not part of a cold start.
    TMPDIR: mkdtempSync(join(folder, 'tmp-')),
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1',
    QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine',
  };
  const output = await runCommand(program, [script, fileOf(name, format), event], { cwd: folder, env });
  return JSON.parse(output.slice(output.lastIndexOf('\n'))) as ColdProcess;
}

describe.each(['node22', 'node24'])('a cold start of the quick start in %s', (node) => {
  test.each<Format>(['esm', 'cjs'])('as %s, loads nothing that Middy alone would not', async (format) => {
    const middyAlone = await cold(node, 'bare', format);
    const ours = await cold(node, 'quick start', format);
    expect(ours).toMatchObject({ response: { batchItemFailures: [] } });
    expect(beside(ours.atImport, middyAlone.atImport)).toEqual([]);
    expect(beside(ours.atResponse, [...middyAlone.atResponse, ...forTheFileLedger])).toEqual([]);
  });

  test('loads nothing for the other entries either', async () => {
    const [middyAlone, ours] = [await cold(node, 'bare', 'esm'), await cold(node, 'every entry', 'esm')];
    expect(beside(ours.atImport, middyAlone.atImport)).toEqual([]);
  });

  test('formats nothing before it has a failure to show', async () => {
    expect(await cold(node, 'refused option', 'esm')).toEqual({ error: 'toLocaleString() was used' });
  });
});

function beside(loaded: readonly string[], free: readonly string[]): string[] {
  return loaded.filter((name) => !free.includes(name));
}
