import { expect } from '@jest/globals';
import { decodeEnvelope, type Envelope } from '../../src/envelope/index.ts';
import { messageBytes } from '../../src/sinks/sqs/message.ts';
import { type FaultProxy, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import type { QueueServer } from './queue-server.ts';

/** A new queue with a fault proxy before it. */
export interface QueueFront extends FaultProxy {
  readonly queueUrl: string;
  /** Takes everything out of the queue, decoded. */
  takeStored(): Promise<Envelope[]>;
}

let queues = 0;

/** `suffix` is `.fifo` for a FIFO queue. */
export async function openQueueFront(
  server: QueueServer,
  suffix: '' | '.fifo' = '',
  attributes: Record<string, string> = {},
): Promise<QueueFront> {
  const queueUrl = await server.createQueue(`queue-${++queues}${suffix}`, attributes);
  const takeStored = async () => (await server.takeAll(queueUrl)).map(({ Body }) => decodeEnvelope(Body ?? ''));
  return Object.assign(await startFaultProxy(server.url), { queueUrl, takeStored });
}

/** AWS's own limits, which emulators do not all know. */
export function expectWithinLimits({ entries }: ProxiedCall): void {
  expect(entries.length).toBeGreaterThanOrEqual(1);
  expect(entries.length).toBeLessThanOrEqual(10);
  expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
  expect(entries.reduce((bytes, entry) => bytes + messageBytes(entry), 0)).toBeLessThanOrEqual(1_048_576);
  const groups = entries.flatMap(({ MessageGroupId }) => MessageGroupId ?? []);
  expect(new Set(groups).size).toBe(groups.length);
  for (const { Id, MessageBody, MessageAttributes = {} } of entries) {
    expect(Id).toMatch(/^[\w-]{1,80}$/);
    expect(MessageBody).toMatch(/^[ -~]+$/);
    expect(Object.keys(MessageAttributes).length).toBeLessThanOrEqual(10);
  }
}

/** The ids in an order of their own, to compare where a queue keeps none. */
export function sortedIds(envelopes: readonly Envelope[]): string[] {
  return envelopes.map(({ id }) => id).sort();
}
