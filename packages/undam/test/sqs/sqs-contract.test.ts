import { afterAll, beforeAll } from '@jest/globals';
import { decodeEnvelope } from '../../src/envelope/index.ts';
import type { SqsEntry } from '../../src/sinks/sqs/client.ts';
import { sqsSink } from '../../src/sinks/sqs/index.ts';
import { failing } from '../kit/fault-proxy.ts';
import { openQueueFront } from '../kit/queue-front.ts';
import { type QueueServer, startQueueServer } from '../kit/queue-server.ts';
import { describeSinkContract, type SinkUnderTest } from '../kit/sink-contract.ts';

let server: QueueServer;
beforeAll(async () => {
  server = await startQueueServer();
});
afterAll(() => server.close());

describeSinkContract('sqsSink() on a standard queue', () => open(''));
describeSinkContract('sqsSink() on a FIFO queue', () => open('.fifo'));

async function open(suffix: '' | '.fifo'): Promise<SinkUnderTest> {
  const front = await openQueueFront(server, suffix);
  return {
    sink: sqsSink({ queueUrl: front.queueUrl, endpoint: front.url, requestTimeoutMs: 60_000 }),
    takeStored: front.takeStored,
    refuse: (ids) => {
      const isRefused = ({ MessageBody }: SqsEntry) => ids.includes(decodeEnvelope(MessageBody).id);
      front.fault = ({ entries }) => failing(isRefused, entries, true);
    },
    stopAnswering: () => {
      front.fault = () => ({ kind: 'silence' });
    },
    close: front.close,
  };
}
