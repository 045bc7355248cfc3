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
import { MAX_BATCH_BYTES } from './batches.ts';
import type { SqsClient, SqsClientSettings, SqsSender } from './client.ts';

/** Options of {@link sqsSink}. */
export interface SqsSinkOptions {
  /** The quarantine queue's URL. A queue whose name ends in `.fifo` is served as a FIFO queue. */
  readonly queueUrl: string;
  /**
   * When `@aws-sdk/client-sqs` is loaded: at the first failed attempt of a handler (`lazy`), or when the sink is made
   * (`init`), which pays where init is not waited for: with provisioned concurrency.
   *
   * @default 'lazy'
   */
  readonly load?: 'lazy' | 'init';
  /**
   * A ready client, used as it is: its time-outs and retries are then yours to keep inside the reserve. Of an `SQSClient`
   * the command's class is loaded from its own package; with anything that has `sendMessageBatch()`, such as an `SQS`,
   * nothing is loaded. Default: a client of our own, with the time-outs below and without retries of its own. Not together
   * with the options below it.
   */
  readonly client?: SqsClient | SqsSender;
  /** Where SQS answers. Default: AWS, or the host of `queueUrl` where that is not one of AWS's. */
  readonly endpoint?: string;
  /** Default: the region in `queueUrl`, else the SDK's own (`AWS_REGION`). */
  readonly region?: string;
  /** Milliseconds to establish a connection. Default 500. */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds from the start of a call to its answer. Default 1,000. */
  readonly requestTimeoutMs?: number;
  /** The queue's own `MaximumMessageSize` in bytes. Default 1,048,576, which is SQS's limit. */
  readonly maxMessageBytes?: number;
}

/** The settings of a sink, checked and complete. */
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
    maxMessageBytes: integer(1_024, MAX_BATCH_BYTES),
  });
  const ours = ['endpoint', 'region', 'connectionTimeoutMs', 'requestTimeoutMs'] as const;
  const clash = ours.find((name) => options[name] !== undefined);
  if (options.client !== undefined && clash !== undefined) {
    throw badOption(OWNER, `${clash}: expected nothing beside client, which has its own; got both`);
  }
  return {
    queueUrl: options.queueUrl,
    fifo: new URL(options.queueUrl).pathname.endsWith('.fifo'),
    maxMessageBytes: options.maxMessageBytes ?? MAX_BATCH_BYTES,
  };
}

/**
 * A queue belongs to one host and one region, and its URL names both: the client follows the URL rather than the
 * function's own region. For a host of AWS's the SDK finds the endpoint itself, with FIPS and dual stack.
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

/** `sqs.REGION.…`, `sqs-fips.REGION.…`, `vpce-….sqs.REGION.vpce.…` and the old `REGION.queue.…`. */
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
