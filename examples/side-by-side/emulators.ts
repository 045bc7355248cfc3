import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A Kinesis and an SQS on this machine, with clients of the real AWS SDK for them. */
export interface Emulators {
  readonly kinesis: KinesisClient;
  readonly sqs: SQSClient;
  readonly sqsUrl: string;
  stop(): Promise<void>;
}

/** What a Lambda function finds in its environment; emulators accept any credentials. */
export const localAccount = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** Starts the emulators. Their process ends with this one, whatever ends it. */
export async function startEmulators(): Promise<Emulators> {
  const child = fork(fileURLToPath(new URL('./emulator-process.mjs', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'exit');
  const failed = exited.then(([code, signal]) => {
    throw new Error(`the emulators ended at once: ${signal ?? `exit status ${code}`}`);
  });
  const message = (await Promise.race([once(child, 'message'), failed])) as [{ kinesisUrl: string; sqsUrl: string }];
  failed.catch(() => undefined);
  const [{ kinesisUrl, sqsUrl }] = message;
  const kinesis = new KinesisClient({ ...clientSettings(), endpoint: kinesisUrl });
  const sqs = new SQSClient({ ...clientSettings(), endpoint: sqsUrl });
  return {
    kinesis,
    sqs,
    sqsUrl,
    async stop() {
      kinesis.destroy();
      sqs.destroy();
      kill();
      await exited;
      process.off('exit', kill);
    },
  };
}

function clientSettings() {
  return {
    region: localAccount.AWS_REGION,
    credentials: { accessKeyId: localAccount.AWS_ACCESS_KEY_ID, secretAccessKey: localAccount.AWS_SECRET_ACCESS_KEY },
    // The SDK speaks HTTP/2 to Kinesis; emulators do not.
    requestHandler: new NodeHttpHandler(),
  };
}
