import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BuildOptions, build } from 'esbuild';

// Each test starts a process; a busy machine takes its time.
jest.setTimeout(60_000);

const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

/** A user's function in two files: a record's payload says how it fails. The marks say which place is right. */
const sources = {
  'orders.ts': `
export function lookUp(order: any): string {
  return order.lines[0]; // type
}`,
  'handler.ts': `
import { readFile } from 'node:fs/promises';
import middy from '@middy/core';
import { eachRecord, memoryLedger, partialBatch, quarantine, timeBudget, wholeBatch } from 'undam';
import { json } from 'undam/decode';
import * as z from 'zod';
import { lookUp } from './orders.ts';

const sink = { send: async (envelopes: readonly unknown[]) => envelopes.map(() => ({ accepted: true })) };
const guarded = (handler: any) =>
  middy()
    .use(partialBatch({ ledger: memoryLedger() }))
    .use(quarantine({ sink, attempts: 1 }))
    .use(timeBudget({ recordMs: 200 }))
    .handler(handler);

const each = guarded(eachRecord(async function book(_record: any, { decoded }: any) {
  if (decoded === 'type') return lookUp({});
  if (decoded === 'file') await readFile('/no/such/file'); // file
  if (decoded === 'abort') AbortSignal.abort().throwIfAborted(); // abort
  if (decoded === 'schema') z.string().parse(1); // schema
  if (decoded === 'hang') return new Promise(() => {});
}, { decode: json<any>(), order: 'none', concurrency: 1 }));
const bare = guarded(wholeBatch((() => readFile('/no/such/file')) as any));
const reports = guarded(
  wholeBatch(async (event: any) => ({ batchItemFailures: [{ itemIdentifier: event.Records[0].kinesis.sequenceNumber }] })),
);

const batch = (...payloads: readonly string[]) => ({
  Records: payloads.map((payload, n) => ({
    eventSource: 'aws:kinesis',
    eventID: 'shardId-000000000000:' + n,
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders',
    kinesis: { partitionKey: 'k', sequenceNumber: String(n + 1), data: Buffer.from(payload).toString('base64'), approximateArrivalTimestamp: 1 },
  })),
});
const context = { getRemainingTimeInMillis: () => 5_000, awsRequestId: 'r' };
(async () => {
  await each(batch('"type"', '"file"', '"abort"', '"schema"', 'no json', '"hang"') as any, context as any);
  await bare(batch('1') as any, context as any);
  await reports(batch('1') as any, context as any);
})();`,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undam-bundled-'));
  for (const [name, source] of Object.entries(sources)) await writeFile(join(folder, name), source);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The place that each failure has, by what it is called, where the function runs as one file. */
async function placesIn(file: string, options: BuildOptions, ...flags: readonly string[]) {
  const outfile = join(folder, file);
  await build({
    entryPoints: [join(folder, 'handler.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    conditions: ['undam-source'],
    nodePaths: [modules],
    ...options,
  });
  const { stderr } = await promisify(execFile)(process.execPath, [...flags, outfile]);
  const lines = stderr.split('\n').filter((line) => line.includes('"attempt-failed"'));
  const failures = lines.map((line) => JSON.parse(line) as { errorName: string; at?: string });
  return failures.map(({ errorName, at }) => [errorName, at] as const);
}

/** `file:line` of each mark. */
async function marksIn(...files: readonly string[]): Promise<Record<string, string>> {
  const marks: Record<string, string> = {};
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    for (const [n, line] of lines.entries()) {
      const [, mark] = /\/\/ (\w+)$/.exec(line) ?? [];
      if (mark !== undefined) marks[mark] = `${join(folder, file)}:${n + 1}:`;
    }
  }
  return marks;
}

const inside = (place: string | undefined) => expect.stringContaining(place ?? 'no such mark');

describe('the place of an error in a bundle', () => {
  test('with source maps is in the source that has failed', async () => {
    const options: BuildOptions = { format: 'esm', sourcemap: true, minify: true };
    const places = await placesIn('mapped.mjs', options, '--enable-source-maps');
    const { type, file, abort, schema } = await marksIn('orders.ts', 'handler.ts');
    expect(places).toEqual([
      ['TypeError', inside(type)],
      ['Error', inside(file)],
      ['AbortError', inside(abort)],
      ['ZodError', inside(schema)],
      ['UndamError', undefined],
      ['TimeoutError', undefined],
      ['Error', undefined],
      ['BatchItemFailure', undefined],
    ]);
  });

  test.each<readonly [string, BuildOptions]>([
    ['bundle.mjs', { format: 'esm', minify: true }],
    ['bundle.cjs', { format: 'cjs', minify: true }],
  ])('without source maps is the innermost place in %s, and none that is the engine', async (file, options) => {
    const places = await placesIn(file, options);
    const here = inside(`${join(folder, file)}:`);
    expect(places).toEqual([
      ['TypeError', here],
      ['Error', here],
      ['AbortError', here],
      ['ZodError', here],
      ['UndamError', undefined],
      ['TimeoutError', undefined],
      ['Error', undefined],
      ['BatchItemFailure', undefined],
    ]);
  });

  test('that is not minified is in the function that has failed', async () => {
    const places = await placesIn('plain.cjs', { format: 'cjs' });
    expect(places.slice(0, 3)).toEqual([
      ['TypeError', expect.stringMatching(/^lookUp \(/)],
      ['Error', expect.stringMatching(/^book \(/)],
      ['AbortError', expect.stringMatching(/^book \(/)],
    ]);
  });
});
