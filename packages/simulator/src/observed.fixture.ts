/** Handlers that report their work. A record's data is its id. */
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { did } from './did.ts';

interface Event {
  readonly Records: readonly {
    readonly kinesis: { readonly data: string; readonly sequenceNumber: string; readonly partitionKey: string };
  }[];
}

const idsOf = ({ Records }: Event): string[] =>
  Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());

export const handler = async (event: Event): Promise<null> => {
  for (const id of idsOf(event)) did(id);
  return null;
};

/** Answers success, and does nothing for `b`. */
export const forgetful = async (event: Event): Promise<object> => {
  for (const id of idsOf(event)) if (id !== 'b') did(id);
  return { batchItemFailures: [] };
};

/** Reports `b`, under a key that may be wrong. */
const reporting = (key: string) => async (event: Event) => {
  const failed = event.Records.filter((_, index) => idsOf(event)[index] === 'b');
  return { [key]: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
};
export const reports = reporting('batchItemFailures');
export const reportsUnderAWrongKey = reporting('batchItemFailure');

/** Ends its process at once; the code after that must have no effect. */
export const dies = async (event: Event): Promise<null> => {
  did('before');
  try {
    process.exit(1);
  } finally {
    did('after');
    console.log('after');
  }
  return event as never;
};

export const writes = async (): Promise<null> => {
  console.log('to standard output: %d', 1);
  console.error('to standard error');
  process.stdout.write('without a line break');
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.stdout.write(Buffer.from('later\n'), () => console.info('written'));
  return null;
};

/** Writes to descriptors, as some loggers do, and in another encoding. */
export const writesToDescriptors = async (): Promise<null> => {
  writeSync(1, 'one\n');
  writeSync(2, Buffer.from('..two..'), 2, 3);
  process.stdout.write('7468726565', 'hex');
  return null;
};

/** Worker-aware code: the simulation must not take these messages for its result. */
export const postsToItsParent = async (event: Event): Promise<null> => {
  parentPort?.postMessage('ready');
  parentPort?.postMessage({ result: { records: [] } });
  return handler(event);
};

/** nodejs22.x answers `null` for a value that is not a promise. */
export const answersWithoutPromise = ({ Records }: Event): object => ({
  batchItemFailures: Records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
});

export const floods = async (): Promise<null> => {
  for (let line = 0; line < 10_002; line++) console.log(line);
  return null;
};
