import { Promise } from '../../base/intrinsics.ts';
import { sha256Hex } from '../../base/sha256.ts';
import { envelopeAttributes } from '../../envelope/attributes.ts';
import { type EnvelopeForm, encodeEnvelope } from '../../envelope/encode.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SqsEntry } from './client.ts';
import type { SqsSettings } from './options.ts';

/** An envelope prepared for the queue. */
export interface SqsMessage {
  /** Its index in the call to `send`. */
  readonly position: number;
  readonly envelope: Envelope;
  /** Messages of one group are sent one after the other. On a standard queue every message is its own group. */
  readonly group: string;
  readonly form: EnvelopeForm;
  readonly entry: SqsEntry;
  /** The size as SQS counts it. */
  readonly bytes: number;
}

// Asynchronous: compressing megabytes would block the event loop under running handlers.
function compress(bytes: Uint8Array): Promise<Buffer> {
  const { gzip } = process.getBuiltinModule('node:zlib');
  return new Promise((resolve, reject) => {
    gzip(bytes, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  });
}

/** A message before its form is chosen. */
export type Draft = Pick<SqsMessage, 'position' | 'envelope' | 'group'>;

export function draft(envelope: Envelope, position: number, fifo: boolean): Draft {
  return { position, envelope, group: fifo ? groupIdOf(envelope) : String(position) };
}

/** The message in full; if it is too large for the queue, compressed; if it is still too large, in its smallest form. */
export async function composeMessage(draft: Draft, settings: SqsSettings): Promise<SqsMessage> {
  const full = inForm(draft, draft.envelope, 'full', settings);
  if (full.bytes <= settings.maxMessageBytes) return full;
  const compressed = await compressedEnvelope(draft.envelope);
  const fullCompressed = inForm(draft, compressed, 'full', settings);
  return fullCompressed.bytes <= settings.maxMessageBytes
    ? fullCompressed
    : inForm(draft, compressed, 'smallest', settings);
}

/** The smallest message: compressed, without attributes, stack and causes. */
export async function smallestMessage(draft: Draft, settings: SqsSettings): Promise<SqsMessage> {
  return inForm(draft, await compressedEnvelope(draft.envelope), 'smallest', settings);
}

/**
 * A message's size as SQS counts it: the bytes of the body and of each attribute's name, type and value.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function messageBytes(entry: Pick<SqsEntry, 'MessageBody' | 'MessageAttributes'>): number {
  let bytes = Buffer.byteLength(entry.MessageBody);
  for (const [name, { DataType, StringValue }] of Object.entries(entry.MessageAttributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue);
  }
  return bytes;
}

function inForm(
  { position, envelope, group }: Draft,
  sent: Envelope,
  form: EnvelopeForm,
  { fifo }: SqsSettings,
): SqsMessage {
  const entry: SqsEntry = {
    Id: String(position),
    MessageBody: encodeEnvelope(sent, form),
    ...(form === 'full' && { MessageAttributes: envelopeAttributes(envelope) }),
    ...(fifo && { MessageGroupId: group, MessageDeduplicationId: envelope.id }),
  };
  return { position, envelope, group, form, entry, bytes: messageBytes(entry) };
}

/** Compresses the payload, unless that makes it longer. */
async function compressedEnvelope(envelope: Envelope): Promise<Envelope> {
  if (envelope.dataEncoding !== undefined) return envelope;
  const data = (await compress(Buffer.from(envelope.data, 'base64'))).toString('base64');
  return data.length < envelope.data.length ? { ...envelope, data, dataEncoding: 'gzip' } : envelope;
}

/**
 * A digest: a partition key may exceed 128 characters, hold characters that SQS refuses
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagegroupid-property.html), or name a
 * person.
 */
function groupIdOf({ id, origin }: Envelope): string {
  return origin.partitionKey === undefined ? id : sha256Hex(origin.partitionKey);
}
