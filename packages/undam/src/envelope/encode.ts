import { JSON } from '../base/intrinsics.ts';
import type { Envelope, KeptError } from './envelope.ts';

/**
 * `full` keeps every field. `smallest` drops the error's stack and causes and cuts its message to 200 characters: the last
 * attempt for a message that a queue refused or that does not fit.
 */
export type EnvelopeForm = 'full' | 'smallest';

const maxSmallestMessageChars = 200;

/** All fields of an envelope and its nested objects, in the order in which they are written. */
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
 * The envelope as ASCII JSON with a fixed order of fields, so that equal envelopes have equal texts. Other characters become
 * `\uXXXX`: SQS refuses some of them (such as U+FFFF and lone surrogates) and counts UTF-8 bytes, so the text's length is its
 * size in bytes.
 */
export function encodeEnvelope(envelope: Envelope, form: EnvelopeForm = 'full'): string {
  const sent = form === 'full' ? envelope : { ...envelope, error: smallestError(envelope.error) };
  return JSON.stringify(sent, order).replace(/[^ -~]/g, escapeCodeUnit);
}

function smallestError({ name, message }: KeptError): KeptError {
  return { name, message: message.slice(0, maxSmallestMessageChars) };
}

function escapeCodeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
