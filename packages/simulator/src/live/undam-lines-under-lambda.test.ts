import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { type KinesisEvent, type KinesisEventRecord, kinesisSource } from '../stream/kinesis-source.ts';
import { startRuntimeApi } from './runtime-api.ts';

// Each test starts processes; a busy machine takes its time.
jest.setTimeout(60_000);

const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

/** What a function logs in one invocation, a line each. */
async function linesOf(
  runtimeClient: string,
  handler: string,
  variables: Record<string, string>,
  ...orders: readonly object[]
): Promise<string[]> {
  const api = await startRuntimeApi({
    runtimeClient,
    taskRoot: fixtures,
    handler: `undam-lines.${handler}`,
    nodeFlags: ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'],
    variables,
    timeoutMs: 10_000,
  });
  try {
    await api.invoke(batch(orders), 'request-1');
    // What is written before an answer may be read after it: the next invocation begins behind it.
    await api.invoke(batch([]), 'request-2');
    const lines = api.output().split('\n');
    return lines.filter((line) => line.includes('request-1') && /undam|mine/.test(line));
  } finally {
    await api.stop();
  }
}

function batch(orders: readonly object[]): KinesisEvent {
  const { eventRecord } = kinesisSource({ streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders' });
  const records = orders.map((order, n) => ({
    shardId: 'shardId-000000000000',
    sequenceNumber: String(n + 1),
    partitionKey: `customer-${n}`,
    data: Buffer.from(JSON.stringify({ ...order, card: '4111' })),
    approximateArrivalTimestamp: Date.now(),
  }));
  return { Records: records.map((record) => eventRecord(record) as KinesisEventRecord) };
}

const json = { AWS_LAMBDA_LOG_FORMAT: 'JSON' };
const source = readFileSync(`${fixtures}/undam-lines.mjs`, 'utf8').split('\n');
const at = source.findIndex((line) => line.includes('.lines[0]'));
const place = `lookUp (${fixtures}/undam-lines.mjs:${at + 1}:${source[at]!.indexOf('[0]') + 1})`;

describe.each([
  ['aws-lambda-ric 4', `${modules}aws-lambda-ric/index.mjs`],
  ['aws-lambda-ric 3', `${modules}aws-lambda-ric-3/bin/index.mjs`],
])('under %s', (_client, runtimeClient) => {
  const bad = [{}, { lines: [{ sku: 'tea' }] }, { lines: null }, { down: true }];

  test("in Lambda's JSON log format a line is an object, at its level and of its invocation", async () => {
    const lines = (await linesOf(runtimeClient, 'byDefault', json, ...bad)).map((line) => JSON.parse(line));
    for (const line of lines) expect(line).toMatchObject({ level: 'WARN', requestId: 'request-1' });
    expect(lines.map(({ message }) => message)).toMatchObject([
      { undam: 'quarantined', errorName: 'TypeError' },
      { undam: 'quarantined', errorName: 'TypeError' },
      { undam: 'attempt-failed', errorName: 'TypeError', at: place, records: 2, record: { sequenceNumber: '1' } },
      { undam: 'attempt-failed', errorName: 'OutageError', at: expect.stringContaining('lookUp ('), records: 1 },
      { undam: 'invocation-ended', outcomes: { held: 1 } },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/4111|customer-|Cannot read/);
  });

  test('in its text format a line is JSON behind what Lambda puts before it', async () => {
    const [line] = (await linesOf(runtimeClient, 'byDefault', {}, ...bad)).filter((each) =>
      each.includes('TypeError"'),
    );
    const [, requestId, level, text] = line!.split('\t');
    expect([requestId, level]).toEqual(['request-1', 'WARN']);
    expect(JSON.parse(text!)).toMatchObject({ undam: 'quarantined' });
  });

  test('an invocation that fails as a whole is an error with a place; its level of log leaves out the warnings', async () => {
    const variables = { ...json, AWS_LAMBDA_LOG_LEVEL: 'ERROR' };
    const [line, ...others] = await linesOf(runtimeClient, 'whole', variables, ...bad);
    expect(JSON.parse(line!)).toMatchObject({
      level: 'ERROR',
      message: { undam: 'invocation-ended', responded: false, errorName: 'TypeError', at: place },
    });
    // The runtime logs what the invocation failed of.
    expect(others.filter((each) => each.includes('"undam"'))).toEqual([]);
  });

  test('the text of an error is logged on request, in one line', async () => {
    const lines = await linesOf(runtimeClient, 'withStacks', json, {});
    const [message] = lines.map((line) => JSON.parse(line).message).filter(({ undam }) => undam === 'attempt-failed');
    expect(message.error).toMatchObject({
      name: 'TypeError',
      message: "Cannot read properties of undefined (reading '0')",
      stack: expect.stringContaining('\n    at lookUp'),
    });
  });

  test('an observer of your own stands beside the lines', async () => {
    const lines = await linesOf(runtimeClient, 'besideMine', json, { down: true });
    expect(lines.map((line) => JSON.parse(line).message)).toMatchObject([
      { undam: 'attempt-failed' },
      { undam: 'invocation-ended' },
      'mine',
    ]);
  });
});
