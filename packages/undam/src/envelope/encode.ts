import { JSON } from '../base/intrinsics.ts';
import type { Envelope, KeptError } from './envelope.ts';

/**
 * `full` keeps everything. `smallest` leaves out the error's stack and cause chain and cuts its message to 200
 * characters: the last try for a message that a queue refused or that does not fit.
 */
export type EnvelopeForm = 'full' | 'smallest';

const SMALLEST_MESSAGE_CHARS = 200;

/** Every field of an envelope and of what is in it: objects have theirs in this order. */
const order = [
  'version',
  'id',
  'reason',
  'stage',
  'origin',
  'eventSourceArn',
  'shardId',
  'sequenceNumber',
  'member',
  'partitionKey',
  'explicitHashKey',
  'approximateArrivalTimestamp',
  'functionArn',
  'functionVersion',
  'region',
  'window',
  'start',
  'end',
  'attempts',
  'started',
  'failed',
  'timedOut',
  'crashed',
  'firstFailedAt',
  'quarantinedAt',
  'error',
  'name',
  'message',
  'stack',
  'cause',
  'unit',
  'position',
  'size',
  'redrives',
  'altered',
  'dataEncoding',
  'data',
];

/**
 * The envelope as ASCII JSON with its fields in a fixed order, so one envelope has one text. Every other character is
 * written as `\uXXXX`: SQS refuses some of them (such as U+FFFF and lone surrogates) and counts size in UTF-8 bytes, so
 * the text's length is its size.
 */
export function encodeEnvelope(envelope: Envelope, form: EnvelopeForm = 'full'): string {
  const sent = form === 'full' ? envelope : { ...envelope, error: smallestError(envelope.error) };
  return JSON.stringify(sent, order).replace(/[^ -~]/g, escapeCodeUnit);
}

function smallestError({ name, message }: KeptError): KeptError {
  return { name, message: message.slice(0, SMALLEST_MESSAGE_CHARS) };
}

function escapeCodeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
