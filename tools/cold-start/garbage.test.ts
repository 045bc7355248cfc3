import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { kinesisEventJson } from '../bench/kinesis-event.ts';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import { minified } from './minified.ts';

const folder = mkdtempSync(join(tmpdir(), 'undam-garbage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wrappers = {
  eachRecord: 'eachRecord(async () => {})',
  'eachRecord, one at a time': 'eachRecord(async () => {}, { concurrency: 1 })',
  wholeBatch: 'wholeBatch(async () => ({ batchItemFailures: [] }))',
  splitOnError: 'splitOnError(async () => {})',
  StreamProcessor: '(event, context) => processPartialResponse(event, async () => {}, processor, { context })',
};

/**
 * V8 allocates a closure assigned to a property among old objects, keeps the accessors of one object separately, and holds the
 * values of an old `WeakMap`. Each would keep a whole batch until the next major collection.
 */
describe.each(['node22', 'node24'])('on %s', (node) => {
  test.each(Object.entries(wrappers))(
    'young collections free the batch of an invocation of %s',
    async (name, wrapper) => {
      const code = `import middy from '@middy/core';
import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { StreamProcessor } from 'undam/powertools';
import { eachRecord, partialBatch, quarantine, splitOnError, timeBudget, wholeBatch } from 'undam';
const processor = new StreamProcessor(EventType.KinesisDataStreams);
const sink = { send: () => Promise.reject(new Error('not called')) };
export const handler = middy().use(partialBatch()).use(quarantine({ sink })).use(timeBudget({ recordMs: 5_000 })).handler(${wrapper});`;
      const [bundle, event] = [join(folder, `${name}.mjs`), join(folder, 'event.json')];
      writeFileSync(bundle, await minified(code));
      writeFileSync(event, kinesisEventJson(100, 100));
      const program = join(root, 'node_modules', node, 'bin/node');
      const script = join(import.meta.dirname, 'garbage-process.mjs');
      const env = { TMPDIR: mkdtempSync(join(folder, 'tmp-')), AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1' };
      const output = await runCommand(program, ['--expose-gc', script, bundle, event], { cwd: folder, env });
      const { growth, ofEvents } = JSON.parse(output.slice(output.lastIndexOf('\n'))) as Record<string, number>;
      expect(growth).toBeLessThan(ofEvents! / 8);
    },
  );
});
