import { type LoadError, type Loaded, loadNames, once } from '../../base/load-once.ts';
import type { EnvelopeAttribute } from '../../envelope/attributes.ts';
import { sqsError } from './errors.ts';

/** The settings of the sink's default client. */
export interface SqsClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** The part of an SQS client that the sink uses. Any `SQSClient` of `@aws-sdk/client-sqs` fits. */
export interface SqsClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** A client that sends without loading `@aws-sdk/client-sqs`. Any `SQS` of that package fits. */
export interface SqsSender {
  sendMessageBatch(input: SendMessageBatchInput, options: { abortSignal: AbortSignal }): Promise<unknown>;
}

/** One entry of a SendMessageBatch call, in AWS's own names. */
export interface SqsEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: Record<string, EnvelopeAttribute>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

/** The input of a SendMessageBatch call, in AWS's own names. */
export interface SendMessageBatchInput {
  QueueUrl: string;
  Entries: SqsEntry[];
}

/** The part of `@aws-sdk/client-sqs` that the sink uses. */
export interface SqsSdk {
  readonly SQSClient: new (config: SqsClientConfig) => SqsClient;
  readonly SendMessageBatchCommand: new (input: SendMessageBatchInput) => object;
}

interface SqsClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: object;
  readonly endpoint?: string;
  readonly region?: string;
}

/** Makes one SendMessageBatch call and resolves to the answer of SQS. */
export type SendBatch = (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<unknown>;

/**
 * Prepares the calls at their first use, once. Loads the SDK unless the given client can send by itself.
 *
 * @throws UndamError `sink-refused` from the returned function, with a LoadError as cause, if the package is unusable
 */
export function sendBatchOnce(
  queueUrl: string,
  load: () => Promise<Loaded<SqsSdk>>,
  given: SqsClient | SqsSender | SqsClientSettings,
): () => Promise<SendBatch> {
  return once(async () => {
    const sender = await senderOf(load, given);
    return (entries, abortSignal) =>
      sender.sendMessageBatch({ QueueUrl: queueUrl, Entries: [...entries] }, { abortSignal });
  });
}

async function senderOf(
  load: () => Promise<Loaded<SqsSdk>>,
  given: SqsClient | SqsSender | SqsClientSettings,
): Promise<SqsSender> {
  if ('sendMessageBatch' in given) return given;
  if ('send' in given) return senderWith(given, await sdkWith(load, 'SendMessageBatchCommand'));
  const sdk = await sdkWith(load, 'SendMessageBatchCommand', 'SQSClient');
  return senderWith(new sdk.SQSClient(clientConfig(given)), sdk);
}

function sdkWith<N extends keyof SqsSdk>(load: () => Promise<Loaded<SqsSdk>>, ...names: N[]): Promise<Pick<SqsSdk, N>> {
  return loadNames('@aws-sdk/client-sqs', names, load).catch((error: LoadError) => {
    throw sqsError(`sqsSink(): ${error.message}`, error);
  });
}

function senderWith(client: SqsClient, sdk: Pick<SqsSdk, 'SendMessageBatchCommand'>): SqsSender {
  return {
    sendMessageBatch: (input, options) => client.send(new sdk.SendMessageBatchCommand(input) as never, options),
  };
}

/**
 * `maxAttempts: 1`: the SDK's retries ignore the reserve and repeat whole batches; the sink's own retries fit into the remaining
 * time. Without `throwOnRequestTimeout` the current SDK only logs when `requestTimeout` passes. `socketTimeout` ends an answer
 * that starts and then stalls, which `requestTimeout` does not.
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
