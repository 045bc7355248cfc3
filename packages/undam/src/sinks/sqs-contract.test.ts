import { afterAll, beforeAll } from '@jest/globals';
import { decodeEnvelope } from '../envelope.ts';
import { failing } from './fault-proxy.fixture.ts';
import { openQueueFront } from './queue-front.fixture.ts';
import { type QueueServer, startQueueServer } from './queue-server.fixture.ts';
import { describeSinkContract, type SinkUnderTest } from './sink-contract.fixture.ts';
import { sqsSink } from './sqs.ts';
import type { SqsEntry } from './sqs-message.ts';

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
