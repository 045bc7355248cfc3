import {
  badOption,
  checkOptions,
  integer,
  type OptionRule,
  objectWith,
  oneOf,
  required,
  text,
} from '../../base/options.ts';
import type { SqsClient, SqsClientSettings, SqsSender } from './client.ts';
import { maxBatchBytes } from './pack-calls.ts';

/** Options of {@link sqsSink}. */
export interface SqsSinkOptions {
  /** The URL of the quarantine queue. Required. A name that ends in `.fifo` means a FIFO queue. */
  readonly queueUrl: string;
  /**
   * The moment to load `@aws-sdk/client-sqs`: at the first failed attempt of a handler (`lazy`), or when the sink is made
   * (`init`), which pays off with provisioned concurrency, where init costs no request time.
   *
   * @default 'lazy'
   */
  readonly load?: 'lazy' | 'init';
  /**
   * A ready client, used as it is: keep its time-outs and retries inside the reserve. For an `SQSClient` the sink loads the
   * command class of its package; for a client with `sendMessageBatch()`, such as an `SQS`, nothing. Excludes `endpoint`,
   * `region` and the time-outs.
   *
   * @default a client with the options below and without retries
   */
  readonly client?: SqsClient | SqsSender;
  /** The endpoint of SQS, an http(s) URL. @default AWS's, or the host of `queueUrl` if that is not AWS's */
  readonly endpoint?: string;
  /** The region of SQS. @default the region in `queueUrl`, else the SDK's (`AWS_REGION`) */
  readonly region?: string;
  /** Milliseconds to establish a connection, 1 to 900,000. @default 500 */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds from the start of a call to its answer, 1 to 900,000. @default 1_000 */
  readonly requestTimeoutMs?: number;
  /** The queue's `MaximumMessageSize` in bytes, 1,024 to SQS's limit of 1,048,576. @default 1_048_576 */
  readonly maxMessageBytes?: number;
}

/** The checked and complete settings of a sink. */
export interface SqsSettings {
  readonly queueUrl: string;
  readonly fifo: boolean;
  readonly maxMessageBytes: number;
}

const OWNER = 'sqsSink()';

const url: OptionRule = { expected: 'an http(s) URL', accepts: (value) => webUrl(value) !== undefined };
const queueUrl: OptionRule = {
  expected: "a queue's URL, such as https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine",
  accepts: (value) => (webUrl(value)?.pathname.length ?? 0) > 1,
};

const sends = ['send', 'sendMessageBatch'].map((method) => objectWith(method));
const client: OptionRule = {
  expected: 'an object with send() or sendMessageBatch()',
  accepts: (value) => sends.some((rule) => rule.accepts(value)),
};

/** @throws UndamError `bad-option` */
export function sqsSettings(options: SqsSinkOptions): SqsSettings {
  checkOptions(OWNER, options, {
    queueUrl: required(queueUrl),
    client,
    load: oneOf('lazy', 'init'),
    endpoint: url,
    region: text,
    connectionTimeoutMs: integer(1, 900_000),
    requestTimeoutMs: integer(1, 900_000),
    maxMessageBytes: integer(1_024, maxBatchBytes),
  });
  const ours = ['endpoint', 'region', 'connectionTimeoutMs', 'requestTimeoutMs'] as const;
  const clash = ours.find((name) => options[name] !== undefined);
  if (options.client !== undefined && clash !== undefined) {
    throw badOption(OWNER, `${clash}: expected it without client, which has its own; got both`);
  }
  return {
    queueUrl: options.queueUrl,
    fifo: new URL(options.queueUrl).pathname.endsWith('.fifo'),
    maxMessageBytes: options.maxMessageBytes ?? maxBatchBytes,
  };
}

/**
 * The queue's URL names its host and region, so the client follows it rather than the function's region. For AWS's hosts the SDK
 * finds the endpoint, with FIPS and dual stack.
 */
export function sqsClientSettings(options: SqsSinkOptions): SqsClientSettings {
  const { hostname, origin } = new URL(options.queueUrl);
  const endpoint = options.endpoint ?? (isAws(hostname) ? undefined : origin);
  const region = options.region ?? regionIn(hostname);
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    connectionTimeoutMs: options.connectionTimeoutMs ?? 500,
    requestTimeoutMs: options.requestTimeoutMs ?? 1_000,
  };
}

function isAws(hostname: string): boolean {
  return /\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(hostname);
}

/** `sqs.REGION.…`, `sqs-fips.REGION.…`, `vpce-….sqs.REGION.vpce.…` and the legacy `REGION.queue.…`. */
function regionIn(hostname: string): string | undefined {
  if (!isAws(hostname)) return undefined;
  const match =
    /(?:^|\.)sqs(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\./.exec(hostname) ?? /^([a-z-]+-\d+)\.queue\./.exec(hostname);
  return match?.[1];
}

function webUrl(value: unknown): URL | undefined {
  const parsed = typeof value === 'string' ? URL.parse(value) : null;
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed : undefined;
}
