/**
 * Kinesis and SQS emulators in a process of their own, on free loopback ports. Sends their addresses to the parent and
 * ends as soon as the parent goes away, however that happens.
 */
import { buildApp } from 'fauxqs';
import kinesalite from 'kinesalite';

process.once('disconnect', () => process.exit());
// Ctrl+C reaches the whole process group; the parent decides when the emulators end.
process.on('SIGINT', () => {});

const kinesis = kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 100 });
await new Promise((listening) => kinesis.listen(0, '127.0.0.1', listening));
const sqs = buildApp({ logger: false, host: 'localhost' });
await sqs.listen({ host: '127.0.0.1', port: 0 });

process.send({
  kinesisUrl: `http://127.0.0.1:${kinesis.address().port}`,
  sqsUrl: `http://127.0.0.1:${sqs.server.address().port}`,
});
