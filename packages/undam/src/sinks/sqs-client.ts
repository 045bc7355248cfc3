import { UndamError } from '../errors.ts';
import type { SqsEntry } from './sqs-message.ts';
import type { SqsClientSettings } from './sqs-options.ts';

/** The part of an SQS client that the sink uses; any `SQSClient` of `@aws-sdk/client-sqs` fits. */
export interface SqsClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** The part of `@aws-sdk/client-sqs` that the sink uses. */
export interface SqsSdk {
  readonly SQSClient: new (config: SqsClientConfig) => SqsClient;
  readonly SendMessageBatchCommand: new (input: { QueueUrl: string; Entries: SqsEntry[] }) => object;
}

interface SqsClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly endpoint?: string;
  readonly region?: string;
}

/** One SendMessageBatch call; answers what SQS answered. */
export type SendBatch = (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<unknown>;

/**
 * Loads the SDK and makes the client, once; a load that failed is tried again the next time.
 *
 * @throws UndamError `sink-refused` when the package cannot be loaded
 */
export function sendBatchLoader(
  queueUrl: string,
  load: () => Promise<SqsSdk>,
  client: SqsClient | SqsClientSettings,
): () => Promise<SendBatch> {
  let loaded: Promise<SendBatch> | undefined;
  return () => {
    loaded ??= sendBatchWith(queueUrl, load, client).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

async function sendBatchWith(
  queueUrl: string,
  load: () => Promise<SqsSdk>,
  given: SqsClient | SqsClientSettings,
): Promise<SendBatch> {
  const sdk = await load().catch((cause: unknown) => {
    throw new UndamError(
      'sink-refused',
      "sqsSink() could not load @aws-sdk/client-sqs; add it to the function's dependencies and to its bundle",
      { cause },
    );
  });
  const client = 'send' in given ? given : new sdk.SQSClient(clientConfig(given));
  return (entries, signal) => {
    const command = new sdk.SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    return client.send(command as never, { abortSignal: signal });
  };
}

/**
 * `maxAttempts: 1`: the SDK's own retries know nothing of the reserve and would repeat a whole batch; ours fit into the
 * time that is left. Without `throwOnRequestTimeout` the current SDK only logs when `requestTimeout` has passed.
 * `socketTimeout` ends an answer that starts and then stalls, which `requestTimeout` does not.
 */
function clientConfig(settings: SqsClientSettings): SqsClientConfig {
  const { connectionTimeoutMs, requestTimeoutMs, ...where } = settings;
  return {
    ...where,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
}
