import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let bank: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number;

beforeAll(async () => {
  queue = await startQuarantineQueue();
  bank = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, PAYMENTS_URL: bank.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  bank.calls.length = 0;
});

afterAll(async () => {
  await bank?.stop();
  await queue?.stop();
});

const card = '4111-1111-1111-1111';
const payment = (orderId: string, cents = 4_200) =>
  put(orderId, `customer ${card}`, { orderId, cardNumber: card, cents });

test('a refused payment is one line and one metric, with the id of its order and nothing else of it', async () => {
  answer = ({ body }) => (body.cents === -1 ? 402 : 200);
  const refused = payment('order-2', -1);
  const written = await writtenBy(() =>
    deliver(handler, [payment('order-1'), refused, put('order-3', 'dora', '{no json')]),
  );

  const quarantines = written.filter(({ undam }) => undam?.event === 'quarantined');
  expect(quarantines.toSorted((a, b) => (String(a.undam?.reason) < String(b.undam?.reason) ? -1 : 1))).toMatchObject([
    {
      level: 'WARN',
      service: 'payments',
      function_request_id: expect.any(String),
      correlation_id: 'order-2',
      undam: { sequenceNumber: refused.sequenceNumber, reason: 'attempts-exhausted', errorName: 'Error' },
    },
    { undam: { reason: 'undecodable', errorName: 'UndamError' } },
  ]);
  expect(written.filter(({ undam }) => undam?.event === 'invocation-ended')).toMatchObject([
    { level: 'WARN', undam: { records: 3, outcomes: { done: 1, quarantined: 2 } } },
  ]);
  const sets = written.filter((line) => '_aws' in line);
  expect(sets.filter((line) => 'Records' in line)).toMatchObject([
    {
      service: 'payments',
      stream: 'example',
      Records: 3,
      RecordsDone: 1,
      QuarantinedAttemptsExhausted: 1,
      QuarantinedUndecodable: 1,
    },
  ]);
  expect(sets.filter((line) => 'PaymentsCharged' in line)).toMatchObject([{ PaymentsCharged: 1 }]);
  expect(JSON.stringify(written)).not.toContain(card);
  // The error, with the payload, is in the queue.
  expect((await queue.takeAll()).some(({ error }) => error.message.includes(card))).toBe(true);
});

test('payments that are all charged have their metrics, and a line in one of ten invocations', async () => {
  answer = () => 200;
  const written = await writtenBy(async () => {
    for (let n = 0; n < 60; n++) await deliver(handler, [payment(`order-${n}`)]);
  });
  expect(written.filter((line) => 'Records' in line)).toHaveLength(60);
  const summaries = written.filter(({ undam }) => undam?.event === 'invocation-ended');
  expect(summaries.length).toBeLessThan(60);
});

type Line = Record<string, unknown> & { readonly undam?: Record<string, unknown> };

/** The JSON lines of the process's own streams: Powertools writes to them directly, not to the console. */
async function writtenBy(run: () => Promise<unknown>): Promise<Line[]> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  let text = '';
  for (const stream of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      text += String(chunk);
      return true;
    };
  }
  try {
    await run();
  } finally {
    for (const [n, stream] of streams.entries()) stream.write = writes[n]!;
  }
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Line);
}
