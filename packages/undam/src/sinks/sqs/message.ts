import { Promise } from '../../base/intrinsics.ts';
import { sha256Hex } from '../../base/sha256.ts';
import { envelopeAttributes } from '../../envelope/attributes.ts';
import { type EnvelopeForm, encodeEnvelope } from '../../envelope/encode.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SqsEntry } from './client.ts';
import type { SqsSettings } from './options.ts';

/** An envelope on its way to the queue. */
export interface SqsMessage {
  /** Its place in the call to `send`. */
  readonly position: number;
  readonly envelope: Envelope;
  /** The messages of one group go one after the other. On a standard queue each is a group of its own. */
  readonly group: string;
  readonly form: EnvelopeForm;
  readonly entry: SqsEntry;
  /** The size as SQS counts it. */
  readonly bytes: number;
}

// Not the synchronous one: compressing megabytes would stop the event loop under every running handler.
function compress(bytes: Uint8Array): Promise<Buffer> {
  const { gzip } = process.getBuiltinModule('node:zlib');
  return new Promise((resolve, reject) => {
    gzip(bytes, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  });
}

/** What a message is made of before it has a form. */
export type Draft = Pick<SqsMessage, 'position' | 'envelope' | 'group'>;

export function draft(envelope: Envelope, position: number, fifo: boolean): Draft {
  return { position, envelope, group: fifo ? groupIdOf(envelope) : String(position) };
}

/** The message in full; compressed, then in its smallest form, where it would be larger than the queue takes. */
export async function composeMessage(draft: Draft, settings: SqsSettings): Promise<SqsMessage> {
  const full = inForm(draft, draft.envelope, 'full', settings);
  if (full.bytes <= settings.maxMessageBytes) return full;
  const compressed = await compressedEnvelope(draft.envelope);
  const fullCompressed = inForm(draft, compressed, 'full', settings);
  return fullCompressed.bytes <= settings.maxMessageBytes
    ? fullCompressed
    : inForm(draft, compressed, 'smallest', settings);
}

/** The message as small as it gets: compressed, without attributes, stack and causes. */
export async function smallestMessage(draft: Draft, settings: SqsSettings): Promise<SqsMessage> {
  return inForm(draft, await compressedEnvelope(draft.envelope), 'smallest', settings);
}

/**
 * A message's size as SQS counts it: the body's bytes, and for each attribute name, type and value.
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

/** The envelope with its payload compressed, or unchanged where that would make it longer. */
async function compressedEnvelope(envelope: Envelope): Promise<Envelope> {
  if (envelope.dataEncoding !== undefined) return envelope;
  const data = (await compress(Buffer.from(envelope.data, 'base64'))).toString('base64');
  return data.length < envelope.data.length ? { ...envelope, data, dataEncoding: 'gzip' } : envelope;
}

/** A digest, because a partition key may be longer than 128 characters or hold some that SQS refuses, or a name. */
function groupIdOf({ id, origin }: Envelope): string {
  return origin.partitionKey === undefined ? id : sha256Hex(origin.partitionKey);
}
