import { JSON } from '../base/intrinsics.ts';
import type { AttemptCounts, Envelope, KeptError, Origin } from './envelope.ts';
import { quarantineReasons } from './reasons.ts';
import { fields, literal, optional, type Shape, string, unreadable, value } from './shape.ts';

/** Far above the 5 causes that {@link keepError} keeps; bounds the recursion on a deep message. */
const maxCauses = 16;

/** Far above Kinesis' largest record of 10 MiB; bounds the memory that a small message can take. */
const maxInflatedBytes = 64 * 1_048_576;

/**
 * Parses an envelope and checks every field; unknown fields are dropped. Inflates a compressed payload: the result's `data` is
 * always plain base64, its `dataEncoding` absent.
 *
 * @throws UndamError `envelope-unreadable`, with the expected value and the type received, never the text
 */
export function decodeEnvelope(text: string): Envelope {
  const { dataEncoding, ...envelope } = envelopeShape.read(parse(text), '');
  return dataEncoding === undefined ? envelope : { ...envelope, data: inflate(envelope.data) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without `cause`: the parser's error quotes the text.
    throw unreadable('', 'JSON', text);
  }
}

function inflate(data: string): string {
  try {
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    return gunzipSync(Buffer.from(data, 'base64'), { maxOutputLength: maxInflatedBytes }).toString('base64');
  } catch {
    throw unreadable('data', `gzip of at most ${maxInflatedBytes} bytes`, data);
  }
}

const count: Shape<number> = value(
  'a whole number of at least 0',
  (given) => Number.isSafeInteger(given) && (given as number) >= 0,
);
const time: Shape<number> = value('epoch milliseconds', Number.isFinite);
const base64Text: Shape<string> = value('base64', isBase64);

const origin: Shape<Origin> = fields<Origin>({
  eventSourceArn: string(),
  shardId: optional(string()),
  member: optional(string('SHA-256 in base64url, with a number', /^[\w-]{43}(\.\d{1,6})?$/)),
  sequenceNumber: string('a sequence number', /./s),
  partitionKey: optional(string()),
  explicitHashKey: optional(string()),
  approximateArrivalTimestamp: optional(time),
  functionArn: string(),
  functionVersion: optional(string()),
  region: optional(string()),
  window: optional(fields<NonNullable<Origin['window']>>({ start: string(), end: string() })),
});

const attempts: Shape<AttemptCounts> = fields<AttemptCounts>({
  started: count,
  failed: count,
  timedOut: count,
  crashed: count,
});

const envelopeShape: Shape<Envelope> = fields<Envelope>({
  version: literal(1),
  id: string('SHA-256 in base64url', /^[\w-]{43}$/),
  reason: literal(...quarantineReasons),
  stage: literal('decode', 'handler'),
  origin,
  attempts,
  firstFailedAt: time,
  quarantinedAt: time,
  error: keptError(maxCauses),
  unit: optional(fields<NonNullable<Envelope['unit']>>({ position: count, size: count })),
  redrives: count,
  data: base64Text,
  altered: optional(literal('text', 'json')),
  dataEncoding: optional(literal('gzip')),
});

function keptError(causesLeft: number): Shape<KeptError> {
  return {
    read: (given, path) =>
      fields<KeptError>({
        name: string(),
        message: string(),
        stack: optional(string()),
        cause: optional(causesLeft > 0 ? keptError(causesLeft - 1) : value('no further cause', () => false)),
      }).read(given, path),
  };
}

/** No repeated group: on 10 MiB of text a backtracking pattern could exhaust the regular expression engine's stack. */
function isBase64(given: unknown): boolean {
  if (typeof given !== 'string' || given.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(given)) return false;
  const padding = given.indexOf('=');
  return padding === -1 || (padding >= given.length - 2 && given.endsWith('='));
}
