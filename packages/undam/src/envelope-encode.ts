import type { Envelope, KeptError } from './envelope.ts';
import { JSON } from './intrinsics.ts';

/**
 * `full` keeps everything. `smallest` leaves out the error's stack and cause chain and cuts its message to 200
 * characters: the last try for a message that a queue refused or that does not fit.
 */
export type EnvelopeForm = 'full' | 'smallest';

const SMALLEST_MESSAGE_CHARS = 200;

/**
 * The envelope as ASCII JSON with its fields in a fixed order, so one envelope has one text. Every other character is
 * written as `\uXXXX`: SQS refuses some of them (such as U+FFFF and lone surrogates) and counts size in UTF-8 bytes, so
 * the text's length is its size.
 */
export function encodeEnvelope(envelope: Envelope, form: EnvelopeForm = 'full'): string {
  return JSON.stringify(inOrder(envelope, form)).replace(/[^ -~]/g, escapeCodeUnit);
}

function inOrder(envelope: Envelope, form: EnvelopeForm): unknown {
  const { origin, attempts, error } = envelope;
  return {
    version: envelope.version,
    id: envelope.id,
    reason: envelope.reason,
    stage: envelope.stage,
    origin: {
      eventSourceArn: origin.eventSourceArn,
      shardId: origin.shardId,
      sequenceNumber: origin.sequenceNumber,
      member: origin.member,
      partitionKey: origin.partitionKey,
      explicitHashKey: origin.explicitHashKey,
      approximateArrivalTimestamp: origin.approximateArrivalTimestamp,
      functionArn: origin.functionArn,
      functionVersion: origin.functionVersion,
      region: origin.region,
      window: origin.window && { start: origin.window.start, end: origin.window.end },
    },
    attempts: {
      started: attempts.started,
      failed: attempts.failed,
      timedOut: attempts.timedOut,
      crashed: attempts.crashed,
    },
    firstFailedAt: envelope.firstFailedAt,
    quarantinedAt: envelope.quarantinedAt,
    error: form === 'full' ? errorInOrder(error) : smallestError(error),
    unit: envelope.unit && { position: envelope.unit.position, size: envelope.unit.size },
    redrives: envelope.redrives,
    altered: envelope.altered,
    dataEncoding: envelope.dataEncoding,
    data: envelope.data,
  };
}

function errorInOrder(error: KeptError): unknown {
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: error.cause && errorInOrder(error.cause),
  };
}

function smallestError(error: KeptError): unknown {
  return { name: error.name, message: error.message.slice(0, SMALLEST_MESSAGE_CHARS) };
}

function escapeCodeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
